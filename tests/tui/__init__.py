"""The interface on scripted and on real runs."""
