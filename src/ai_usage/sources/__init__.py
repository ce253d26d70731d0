"""Read the logs that agents leave on disk."""
