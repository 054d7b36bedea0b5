"""Training under differential privacy (DP-SGD)."""
