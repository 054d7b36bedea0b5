"""A stratified sample of documents for people to look at, and what their verdicts say of all."""
