"""Writing logs as the agents write them, one module an agent."""
