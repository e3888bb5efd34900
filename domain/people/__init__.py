"""Regions, units, posts, accounts and the roster: who somebody is and where they stand."""
