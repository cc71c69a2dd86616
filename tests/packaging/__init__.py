"""What is installed, what is imported when, and what holds on other systems."""
