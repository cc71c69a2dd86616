"""The parent's side: discover adapters, select what to measure, and schedule it over worker processes."""
