"""Files and downloads: one function to write a file and one to fetch a file."""
