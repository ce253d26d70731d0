"""The command line: turn arguments into one call and its result into text."""
