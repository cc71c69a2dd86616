"""Every kernel on every real adapter, against the reference."""
