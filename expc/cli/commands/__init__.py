"""What a person can type, a command or a few that belong together in each file."""
