"""Saved sessions: one SQLite file, its exports, and the reports and comparisons made from them."""
