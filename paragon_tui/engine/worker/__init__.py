"""The child's side: one adapter's driver, and everything that is done with it."""
