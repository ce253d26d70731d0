"""Kimi CLI and its successor Kimi Code."""
