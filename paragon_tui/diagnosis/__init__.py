"""What is wrong with a machine: its drivers, rights, folders and variables. Nothing personal is told."""
