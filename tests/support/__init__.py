"""What several test packages share: examples, fakes, and textbook answers."""
