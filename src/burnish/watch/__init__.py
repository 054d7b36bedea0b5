"""A training under watch: figures, alerts and what is done about them, cost, and who else looks."""
