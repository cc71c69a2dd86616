"""How it is measured: a child process an adapter, a stream of events, results folded from it."""
