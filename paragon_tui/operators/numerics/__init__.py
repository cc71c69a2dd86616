"""The arithmetic of operators on arrays: canonical, and as usually written in NumPy and in PyTorch."""
