"""标识: what in a text tells of somebody: found by rules, or met again in what is kept elsewhere."""
