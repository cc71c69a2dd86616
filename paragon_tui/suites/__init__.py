"""The suites: cases to measure, and the operations that they name."""
