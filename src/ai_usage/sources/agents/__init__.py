"""One module an agent; none knows another."""
