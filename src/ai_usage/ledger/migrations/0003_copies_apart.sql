-- Of requests of which several copies may still matter: all of them, as JSON (usage/copies.py). Local, never sent.
CREATE TABLE apart (
    key_hash INTEGER PRIMARY KEY,
    copies TEXT NOT NULL
) STRICT;
