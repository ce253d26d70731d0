"""The exact bytes of the sync protocol; `docs/wire.md` is the specification."""
