"""Everything that crosses the network, byte for byte; `docs/wire.md` is the contract in words."""
