"""What would run, where, and in which order of stages, as a terminal shows it."""
