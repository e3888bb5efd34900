"""质询: its table."""
