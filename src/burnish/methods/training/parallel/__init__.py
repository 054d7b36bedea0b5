"""Several processes, one training: who does which rows, and how their gradients become one."""
