"""The messages between the processes: commands, events and the figures in them, as plain data."""
