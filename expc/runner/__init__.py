"""What runs during a workflow: the standard library only, for Python 3.8 and later."""
