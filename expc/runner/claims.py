"""The workflow's other plans in, what they ask of the trials of a batch out.

Specs share trials: who trains one saves what all of them will measure or take, or each would train it again."""

import json
import os
import re
from typing import Any, Dict, List

from .experiments import read_experiments
from .outcome import plan_file
from .written import Damaged

ASKED = ("checkpoints", "keep", "evaluate", "predict")
IDENTITY = re.compile(r'\{"id": ?"([^"\\]+)"')  # a line of a plan begins with it: most need no parsing


def claims(plan, trials):
    """What the current plans other than `plan` ask: `{id: {"id", "checkpoints", "keep", "evaluate", "predict"}}`.

    What a trial below takes from one above is in the latter's `keep`, in each plan. A workflow that can't be read asks
    nothing: no trial waits for it."""
    wanted = {trial["id"] for trial in trials}
    found: Dict[str, Dict[str, Any]] = {}
    for other in others(plan):
        for line in lines_of(other, wanted):
            claim = found.setdefault(line["id"], {"id": line["id"], **{what: [] for what in ASKED}})
            for what in ASKED:
                claim[what].extend(one for one in line.get(what, ()) if one not in claim[what])
    return found


def others(plan) -> List[str]:
    """The current plans' files, but `plan`."""
    try:
        stated = read_experiments()["experiments"]
    except Damaged:
        return []
    plans = [plan_file(name, experiment["plan"]) for name, experiment in stated.items()]
    return [other for other in plans if os.path.normpath(other) != os.path.normpath(plan)]


def lines_of(plan, wanted):
    """The lines of these trials, as far as the plan can be read."""
    found = []
    try:
        with open(plan, encoding="utf-8") as lines:
            next(lines, None)
            for line in lines:
                start = IDENTITY.match(line)
                if start is None or start.group(1) in wanted:
                    trial = json.loads(line)
                    if trial["id"] in wanted:
                        found.append(trial)
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        pass
    return found
