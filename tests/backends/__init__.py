"""What an adapter is, what it is asked, and how NumPy is limited."""
