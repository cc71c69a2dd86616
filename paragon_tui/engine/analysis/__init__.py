"""Statistics of samples: medians with intervals, quality flags, verdicts, roofline, crossovers. No I/O."""
