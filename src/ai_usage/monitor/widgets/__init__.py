"""The parts of the screen; each shows values that were made elsewhere."""
