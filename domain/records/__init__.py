"""档案: what is due is planned by one person, approved by another, destroyed, and leaves a tombstone."""
