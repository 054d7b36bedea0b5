"""The verbs that every surface calls; the command line and Python see the same."""
