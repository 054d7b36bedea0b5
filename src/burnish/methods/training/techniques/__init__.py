"""Ways to tune a model, one file each; `table.py` says which word stands for which."""
