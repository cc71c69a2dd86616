"""Operators: what can be computed, on any operands; and graphs of them. Everything here is light: no numeric library.

Their arithmetic on arrays, canonical and as libraries have it, is in ``numerics``.
"""
