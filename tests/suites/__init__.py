"""Cases, operations and their plans, on the host."""
