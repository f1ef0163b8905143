"""A project's jobs in SLURM: asking for them, which trials each carries, and ending them."""
