"""A plan and what its trials have left in, the batches that are left to run out, each by the name of its marker."""

import os
import sys
import time
from collections import Counter

from . import packing
from .habits import habits
from .outcome import (
    APART,
    EVALUATE,
    LOG,
    READ,
    Damaged,
    evaluation_file,
    header,
    intact,
    outcome_file,
    plan_file,
    stated,
    status,
)
from .stops import STARTED
from .todo import Todo
from .together import at_step, resources

MARKER = "results/{name}/batches/{plan}/{step}-{first}-{last}.{n}"


class State:
    """What an experiment's workflow has to do.

    `todo` is what its plan has left, `header` the plan's, `batches` gives the lines of each unfinished batch by its
    marker, `newest` the file of all outcomes and evaluations that changed last (none or one), `trains` the unfinished
    batch after which a trial has another outcome, by its id: that trains it, or looks once more for what it printed."""

    def __init__(self, todo, batches, newest):
        self.todo, self.header = todo, todo.header
        self.batches = batches
        self.newest = newest
        self.trains = {
            trial["id"]: marker
            for marker, trials in batches.items()
            for trial in trials
            if step_of(marker) not in APART or status(trial["id"]) == "failed"
        }


def step_of(marker):
    """The step of a batch. A stage's name may hold dashes and dots, too."""
    return os.path.basename(marker).rsplit("-", 2)[0]


def prepare_jobs():
    """Let jobs find the Python that runs Snakemake, also if its environment was not activated; and this process, with
    which a job's runner ends."""
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    os.environ["EXPC_PARENT"] = str(os.getpid())
    os.environ.setdefault(STARTED, f"{time.time():.3f}")  # jobs inherit it from the process that submits them
    for name in habits(os.environ):
        del os.environ[name]


def within(environ):
    """What stands before a command in a job, so that it knows of the job, and goes on if that ends."""
    return "python3 -I workflow/runner/in_job.py" if environ.get("SLURM_JOB_ID") else ""


def unreadable(experiments):
    """Plans of a workflow that are gone or damaged, in words."""
    found = []
    for name, experiment in experiments.items():
        try:
            header(intact(plan_file(name, experiment["plan"])))
        except Damaged as problem:
            found.append(str(problem))
    return found


def state(name, digest, sizes, site=None, most=packing.MOST):
    """The state of an experiment. `sizes` says how many trials of each stage a job carries; "auto": all of them, or at
    a site what that allows for, in about `most` jobs."""
    todo = Todo(plan_file(name, digest))
    strict = todo.header["on_failure"] == "stop"
    classes: dict = {}
    met = set()
    for line, (trial, (needed, found)) in enumerate(zip(todo.trials, todo.survey), 1):
        step = needed or (blocking(trial, found) if strict else None)
        # Two stages that are one program may look for different numbers in one log.
        which = trial["id"], *(identity for identity, *_ in trial["evaluate"])
        if step and which not in met:
            met.add(which)
            top, (counts,) = at_step(step, todo.header, [trial])
            classes.setdefault((step, *resources(top, counts)), []).append((line, counts))
    batches = {}
    fewest = -(-sum(map(len, classes.values())) // most)
    for (step, *_), lines in classes.items():
        auto = packing.size(site, lines[0][1], len(lines), fewest) if site else len(lines)
        stated = [trial.get("per_job", sizes[trial["stage"]]) for _, trial in lines]
        size = auto if step == READ else min(auto if size == "auto" else size for size in stated)
        for start in range(0, len(lines), size):
            part = lines[start : start + size]
            marker = unused(name=name, plan=digest, step=step, first=part[0][0], last=part[-1][0])
            batches[marker] = [trial for _, trial in part]
    return State(todo, batches, newest(todo.trials))


def left(name, digest):
    """What an experiment still lacks, and what comes next, in words; None if nothing."""
    todo = Todo(plan_file(name, digest))
    lacks = list({trial["id"]: trial for trial in todo.left}.values())
    if lacks:
        ended = Counter(status for step, status in todo.survey if not step)
        counts = ", ".join(f"{count} {status}" for status, count in sorted(ended.items()))
        return (
            f"{name} is unfinished ({counts or 'nothing is done'}); to do are still {describe(lacks)}\n"
            "What is done stays; the next start does what is left."
        )
    strict = todo.header["on_failure"] == "stop"
    fallen = [trial for trial, (_, status) in zip(todo.trials, todo.survey) if strict and blocking(trial, status)]
    if fallen:
        return (
            f"{name} stops at what has failed, as its spec says (`on_failure: stop`): {describe(fallen)}\n"
            "`expc retry` lets it run again; `expc tables` makes tables of what there is."
        )
    return None


def blocking(trial, found):
    """The step in which a finished trial failed, or an evaluation of it; None if none did."""
    if found == "failed":
        return trial["stage"]
    for identity, *_, rule in trial["evaluate"]:
        result = stated(evaluation_file(trial["id"], identity), identity)
        if result and result["status"] == "failed":
            return READ if rule == LOG else EVALUATE
    return None


def unused(**batch):
    """The first marker of a batch that no earlier run, finished or not, has left."""
    n = 0
    while True:
        stem = MARKER.format(n=n, **batch)
        if not os.path.exists(stem + ".done") and not os.path.exists(stem + ".log"):
            return stem + ".done"
        n += 1


def newest(trials):
    """The outcome or evaluation that changed last, as a list of none or one."""
    changed = []
    for trial in trials:
        paths = [outcome_file(trial["id"])]
        paths += [evaluation_file(trial["id"], evaluation[0]) for evaluation in trial["evaluate"]]
        for path in paths:
            try:
                changed.append((os.stat(path).st_mtime_ns, path))
            except OSError:
                continue
    return [max(changed)[1]] if changed else []


def needs(trials):
    """The generated code, the prepared data and the inputs that a batch reads."""
    code = {f"results/code/{trial['variant']}/variant.json" for trial in trials}
    data = {trial["data"] for trial in trials} | {target for trial in trials for _, _, target, _ in trial["evaluate"]}
    inputs = {given for trial in trials for given, _ in trial.get("inputs", {}).values()}
    return (
        sorted(code)
        + sorted(f"results/data/{identity}/data.json" for identity in data if identity)
        + sorted(f"results/inputs/{identity}/input.json" for identity in inputs)
    )


def above(trials, trains):
    """The unfinished batches that train what the trials take from."""
    sources = (source for trial in trials for source, _ in trial["from"].values())
    return list(dict.fromkeys(trains[source] for source in sources if source in trains))


def describe(trials):
    """A batch in words: how many trials, and the levels, seeds and folds of each."""
    seeds: dict = {}
    folds: dict = {}
    for trial in trials:
        levels = " ".join(f"{factor}={level}" for factor, level in trial["condition"].items()) or "one condition"
        seeds.setdefault(levels, []).append(trial["seed"])
        folds.setdefault(levels, []).extend([trial["fold"]] if "fold" in trial else [])
    count = "1 trial" if len(trials) == 1 else f"{len(trials)} trials"
    shown = [
        f"{levels} seed {spans(found)}" + (f" fold {spans(folds[levels])}" if folds[levels] else "")
        for levels, found in list(seeds.items())[:SHOWN]
    ]
    more = [f"and {len(seeds) - SHOWN} more conditions"] if len(seeds) > SHOWN else []
    return f"{count}: " + "; ".join(shown + more)


SHOWN = 12


def spans(numbers):
    """0, 1, 2, 5 as 0-2, 5."""
    found: list = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in found)
