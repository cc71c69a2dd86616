"""The widgets of the main screen, each drawing one thing."""
