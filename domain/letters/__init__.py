"""文书: official letters, their numbers, their pages and the copies that are read."""
