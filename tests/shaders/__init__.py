"""Sources made of parts."""
