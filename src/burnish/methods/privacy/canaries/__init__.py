"""The canary test: identifiers invented here are planted in a job's documents, then looked for."""
