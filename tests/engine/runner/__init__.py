"""The parent's side: what is selected, requested and scheduled."""
