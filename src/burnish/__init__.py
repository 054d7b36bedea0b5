"""Governed fine-tuning for language models: a tuned model that arrives with its evidence."""
