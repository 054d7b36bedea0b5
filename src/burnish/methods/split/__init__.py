"""Train, validation and test parts that nothing leaks between."""
