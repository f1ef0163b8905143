"""Before the first run: from a program that is there, or a template, to a spec; and new templates."""
