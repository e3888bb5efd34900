"""Units, rosters and accounts."""
