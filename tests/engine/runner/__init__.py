"""Tests of the parent's side: selection, requests and scheduling."""
