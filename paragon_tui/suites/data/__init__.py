"""The arrays of cases: operands, the same on every machine, and answers in the form that is compared."""
