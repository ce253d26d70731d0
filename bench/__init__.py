"""Corpora of agent logs with known totals, and the comparisons that the README quotes."""
