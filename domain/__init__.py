"""What can be done: the rules."""
