"""What a training will need before it is begun: memory, time, price, and which technique."""
