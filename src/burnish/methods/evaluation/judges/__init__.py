"""Judges by kind, and the gold file that each is held to before it may grade."""
