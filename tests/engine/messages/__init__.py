"""What crosses the wall between the processes."""
