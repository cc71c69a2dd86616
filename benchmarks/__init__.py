"""Scripts that measure: each prints its figures and exits with 1 if a target is missed."""
