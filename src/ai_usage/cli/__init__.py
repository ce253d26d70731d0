"""The command line: words into one call, a result into words."""
