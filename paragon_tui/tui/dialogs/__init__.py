"""The modal screens: help, details, questions."""
