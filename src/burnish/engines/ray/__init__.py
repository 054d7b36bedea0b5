"""The only room that knows Ray; it is imported when a plan asks for it."""
