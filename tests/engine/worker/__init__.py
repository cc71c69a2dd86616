"""The child's side, without its process."""
