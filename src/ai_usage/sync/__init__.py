"""Sharing records between the machines of one person through a server that the person runs."""
