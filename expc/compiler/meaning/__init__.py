"""A spec in, what it means for each stage out: what a stage knows, its conditions, and what is set in each."""
