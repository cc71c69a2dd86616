"""What is measured: suites of cases, and the operations they name."""
