"""The use cases, one class each, on the domain and the ports only."""
