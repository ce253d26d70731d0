"""The monitor: a live view of usage that fills the terminal; threads read, the screen only shows."""
