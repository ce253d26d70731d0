"""Files and downloads: one way each to write a file and to fetch one."""
