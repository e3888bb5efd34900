"""复查与复核: a case's answer looked at again by the level above, and once more by the level above that."""
