"""Text brought into a regular form, with the names of what changed it."""
