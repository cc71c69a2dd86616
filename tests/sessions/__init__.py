"""What is kept, read back, exported and compared."""
