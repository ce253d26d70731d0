"""Render finished values as text: tables, charts, JSON, CSV."""
