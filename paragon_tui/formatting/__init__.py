"""Words and numbers that the console and the screen share."""
