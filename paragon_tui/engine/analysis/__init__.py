"""What samples say: medians with intervals, quality flags, verdicts, roofline and crossovers. Knows no process."""
