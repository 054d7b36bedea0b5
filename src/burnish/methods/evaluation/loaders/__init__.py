"""Public evaluation sets in the formats in which they are published, one module a format."""
