"""One package per agent; they do not import each other."""
