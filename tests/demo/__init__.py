"""The demo province and its play."""
