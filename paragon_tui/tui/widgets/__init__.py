"""Widgets that know how to draw one thing each."""
