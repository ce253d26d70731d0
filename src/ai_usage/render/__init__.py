"""Text out of finished values: tables, charts, JSON, CSV."""
