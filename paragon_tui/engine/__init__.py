"""The measuring engine: a runner in the parent process, a worker in each child, and the messages between them."""
