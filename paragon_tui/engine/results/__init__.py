"""What is known of a session so far: results folded from events."""
