"""The terminal interface: one screen, painted from a model on a timer."""
