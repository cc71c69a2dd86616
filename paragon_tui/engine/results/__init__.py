"""The state of a session so far: results folded from events."""
