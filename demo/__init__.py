"""The demo province: Gansu's regions, real kinds of units, and people who don't exist."""
