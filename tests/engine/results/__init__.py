"""Results and sessions folded from events written by hand."""
