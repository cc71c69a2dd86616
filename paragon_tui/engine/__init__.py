"""How it is measured: a runner in the parent, a worker in each child, and the messages between them."""
