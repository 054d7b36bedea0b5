"""What the figures of a training tell: alerts, cost, model FLOPs, and what they look like."""
