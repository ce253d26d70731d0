"""Newer releases: find, verify and install them, and roll back one that does not run."""
