"""`workflow/experiments.json` in, what it says out; or Damaged: where it isn't as `expc compile` writes it."""

import os

from .forms import WORKFLOW
from .written import read

EXPERIMENTS = os.path.join("workflow", "experiments.json")
AGAIN = "run `expc compile` with all specs of this project: no result is lost"


def read_experiments(path=EXPERIMENTS):
    """All of it: `expc`, `experiments`, `variants`, `data`, and `inputs` and `images` where there are any."""
    return read(path, AGAIN, WORKFLOW)
