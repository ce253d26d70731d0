"""The parts of the screen; each draws values that other modules compute."""
