"""What is seen on a terminal: one screen, painted from a model on a timer."""
