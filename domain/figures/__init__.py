"""统计: numbers over every kind; it may read all of the domain, and nothing of the domain reads it."""
