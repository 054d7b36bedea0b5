"""How work is spread: inline in this process, or on a pool of local processes."""
