"""What comes in: the pieces of a source become rows in the store, the base model its digest."""
