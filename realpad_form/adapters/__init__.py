"""The outside world: what the ports are really made of."""
