"""Settings of this machine: where files are, what the person configured, what the machine is called."""
