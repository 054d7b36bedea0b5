"""How often the training part shows a row: caps and weights by source."""
