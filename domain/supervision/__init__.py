"""督办: supervision of units that are late, up a ladder of letters, with interviews and second looks."""
