"""ai-usage: what AI coding agents used on all of a person's machines, and what it is worth."""

__version__ = "4.0.0"
