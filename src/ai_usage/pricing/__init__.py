"""What tokens cost: prices over time, where they come from, and the cost of a group of requests."""
