"""Programs that touch strangers' bytes; each runs in the sandbox by its path and imports nothing of ours."""
