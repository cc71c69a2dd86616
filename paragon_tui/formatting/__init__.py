"""Texts and numbers as the console and the screen show them."""
