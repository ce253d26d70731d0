"""Prices of tokens over time, their sources, and the cost of a group of requests."""
