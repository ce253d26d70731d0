"""Values: pure, immutable, standard library only."""
