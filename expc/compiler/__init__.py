"""What runs before the run: from a spec to `workflow/`."""
