"""What is kept: sessions in one SQLite file, and their exports."""
