"""The commands without a terminal interface: their listings and reports."""
