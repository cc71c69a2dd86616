"""The screens that take the whole terminal, beside that of a run."""
