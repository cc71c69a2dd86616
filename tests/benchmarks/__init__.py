"""What the scripts of ``benchmarks/`` make of results."""
