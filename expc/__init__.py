"""An experiment, declared in YAML, compiled into a Snakemake workflow."""

__version__ = "0.1.0"
