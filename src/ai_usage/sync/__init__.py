"""Share records between one person's machines through the person's own server."""
