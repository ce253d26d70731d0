"""Newer releases: found, trusted, installed, and taken back when they do not run."""
