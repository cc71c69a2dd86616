"""Workloads: what the cases of an operation compute, as tables of data. Everything here is light."""
