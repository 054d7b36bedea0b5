"""From the pieces of a source to rows in the store, for the stage that collects."""
