"""追责问责: proposed, approved, handed to the competent body, and what it decided."""
