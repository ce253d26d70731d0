"""The monitor: a live, full-screen view of usage; threads read the data, the screen only draws it."""
