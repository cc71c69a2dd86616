"""Modal screens: help, adapter details, leaving."""
