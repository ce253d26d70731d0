"""Sessions as pi writes them, and Oh My Pi, which began as a copy of it: a tree of entries, a line each."""
