"""The parent's side: find adapters, select what to measure, and have worker processes do it, in turns."""
