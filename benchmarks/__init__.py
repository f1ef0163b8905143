"""What DESIGN calls the numbers: each of them measured against its baseline, in one go."""
