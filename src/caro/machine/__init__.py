"""What this machine has, as the values that the pure packages ask for: names on PATH, folders, specs."""
