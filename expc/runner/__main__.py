"""The command line in, exit status out: the runner as a folder (`python workflow/runner …`) or as a package."""

import os
import sys
from importlib import import_module

if __package__:
    from .command import main
else:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)
    main = import_module(os.path.basename(here) + ".command").main

if __name__ == "__main__":
    status = main()
    os._exit(status)  # taking a framework apart again would take a second
