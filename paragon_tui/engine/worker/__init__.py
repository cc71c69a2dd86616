"""The child's side: one adapter's driver, and all work that is done with it."""
