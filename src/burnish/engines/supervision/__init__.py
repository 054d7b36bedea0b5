"""When an errand's processes fail: whether to try again, when, and what is written down."""
