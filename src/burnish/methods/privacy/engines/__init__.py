"""Detectors made by others, behind our own door: Presidio, spaCy, Hugging Face, GLiNER."""
