"""A trial that lacks something in, its outcome and evaluations out: the order in which things happen to one trial.

`life` is a generator: it yields what is to be started and gets its process id, then yields None and gets how it
ended. So a trial's life reads from top to bottom, while the schedule lives many of them at once."""

import os

from . import container, ledger, measured, outcome, reading
from .afresh import begin_afresh
from .attempt import attempt, examined
from .ending import INTERRUPTED, Cause, Ending
from .evaluation import evaluate
from .files import make, remove, write_json
from .hardware import hardware, where
from .task import PREPARED, fetched, prepared, program, title
from .written import Damaged

POSTPONED = "postponed"
STOPPED = {
    "time": "the job's time is up; it goes on in the next one",
    "preemption": "the job is asked to end; it goes on in the next one",
}


def life(trial, task, say):
    """Do what the trial still needs of this step.

    Killed at any moment, it leaves a state from which the next start does what is left: the outcome is written while
    every checkpoint is there, evaluations follow, and only then are checkpoints dropped. Returns POSTPONED if the trial
    goes on in the next job."""
    needed = task.needs(trial)
    if needed is None:
        return say(f"finished by another start: {title(trial)}")
    others = []
    obstacle = None if needed == outcome.READ else lacking(trial, needed)
    if obstacle:
        return say(f"can't run: {title(trial)}: {obstacle}")
    if needed == trial["stage"]:
        if outcome.fallen(trial):
            return cancel(trial, task, say)
        others = task.measured_elsewhere(trial)  # before they go, together with the model that they measured
        if (yield from train(trial, task, say)) == POSTPONED:
            return POSTPONED
    step, status = outcome.remaining(trial)
    if step == outcome.READ:
        return (yield from read_again(trial, task, say))
    wanted = to_evaluate(trial, step, status, others)
    if wanted:
        drop(trial, task)
        yield from evaluate(trial, wanted, task, say)
        step, _ = outcome.remaining(trial)
    if step is None:
        drop(trial, task)
    return None


def to_evaluate(trial, step, status, others):
    """The evaluations to be made now: all that are missing, and of those that other plans have lost what can be.

    `step` and `status` are what remains to be done."""
    found = outcome.missing_evaluations(trial) if step == "evaluate" else []
    if status == "done":
        found += [
            (identity, name, data, rule)
            for identity, name, data, rule in others
            if outcome.kept(trial, rule) and os.path.exists(os.path.join(PREPARED, data, "data.json"))
        ]
    return found


def lacking(trial, needed):
    """What must be there before the trial can run and isn't, in words; None if nothing is missing."""
    if needed == trial["stage"]:
        if outcome.fallen(trial):
            return None
        for source, path in trial["from"].values():
            if outcome.status(source) is None:
                return f"what it takes from isn't finished: {source}"
            if not os.path.exists(os.path.join(outcome.folder(source), path)):
                return f"{os.path.join(outcome.folder(source), path)} is gone; its trial must train again first"
    try:
        for of, path in trial.get("inputs", {}).values():
            fetched(of, path)
        for data in sorted(datasets(trial, needed)):
            prepared(data)
        evaluates = program(trial["variant"]).get("evaluate")
    except Damaged as problem:
        return str(problem)
    models = [rule for *_, rule in trial["evaluate"] if rule != outcome.LOG]
    return None if evaluates or not models else "its program has no evaluate.py, and the plan evaluates it"


def datasets(trial, needed):
    evaluated = {data for _, _, data, rule in outcome.missing_evaluations(trial) if rule != outcome.LOG}
    return evaluated if needed == "evaluate" or not trial["data"] else evaluated | {trial["data"]}


def train(trial, task, say):
    """Attempt after attempt, until there is an outcome or somebody stops us."""
    folder = os.path.abspath(outcome.folder(trial["id"]))
    remove(outcome.outcome_file(trial["id"]))  # one that doesn't stand: not whole, or its checkpoint is gone
    course = ledger.course(folder)
    if course.fresh:
        begin_afresh(folder)
    else:
        remove(os.path.join(folder, "evaluations"))  # what was read of the log, which goes on
    make(os.path.join(folder, "checkpoints"))
    write_json(os.path.join(folder, "params.json"), parameters(trial))
    while True:
        course, ending, rows, found = yield from attempt(trial, task, folder, course, say)
        if not ending.again:
            break
        say(f"ended, to go on: {title(trial)}: {ending.detail or 'it asked for another attempt'}")
    if not ending.final:
        say(f"stopped: {title(trial)}" + (f": {STOPPED[ending.by]}" if ending.by else ""))
        return POSTPONED if ending.by else None
    status = "failed" if ending.cause else "done"
    write_outcome(trial, task, status, ending.cause, course, measured.summary(rows))
    if ending.cause:
        return say(f"failed: {title(trial)}: {ending.cause.detail}")
    without = measured.but_without(measured.absent(rows + (found.rows if found else []), task.stage(trial)))
    return say(f"done{without}: {title(trial)} in {course.seconds:.2f} s")


def read_again(trial, task, say):
    """Look through the log of a trial that has ended. If that failed because it had measured nothing, what is found
    now decides; and is written before it counts as read, so that whoever is killed in between reads once more."""
    folder = os.path.abspath(outcome.folder(trial["id"]))
    found = yield from reading.read(trial, task, folder)
    if found is None:
        return say(f"stopped: reading the log of {title(trial)}")
    stated = outcome.stated(outcome.outcome_file(trial["id"]), trial["id"])
    if stated["status"] == "failed":
        ending, rows = examined(Ending("done"), trial, task, folder, found)
        cause = None if ending.cause is None else {"kind": ending.cause.kind, "detail": ending.cause.detail}
        status = "failed" if cause else "done"
        judged = dict(stated, status=status, cause=cause, metrics=measured.summary(rows))
        write_json(outcome.outcome_file(trial["id"]), judged)
    reading.keep(trial, found)
    lacks = reading.nothing(trial, task, found)
    return say(f"log read: {title(trial)}{': ' if lacks else ''}{lacks}")


def parameters(trial):
    """params.json, with paths relative to the trial's folder."""
    return {
        "params": trial["params"],
        "seed": trial["seed"],
        "data": None if trial["data"] is None else f"../../data/{trial['data']}",
        "from": dict(
            {name: f"../{source}/{path}" for name, (source, path) in trial["from"].items()},
            **{name: f"../../inputs/{of}/{path}" for name, (of, path) in trial.get("inputs", {}).items()},
        ),
    }


def cancel(trial, task, say):
    above = [source for source, _ in trial["from"].values() if outcome.status(source) in ("failed", "cancelled")]
    detail = "; ".join(f"{source} {outcome.status(source)}" for source in above)
    nothing = ledger.Course(last=0, attempts=0, begun=None, seconds=0.0, signalled=0)
    write_outcome(
        trial, task, "cancelled", Cause("upstream", f"it takes from what has no result: {detail}"), nothing, {}
    )
    say(f"cancelled: {title(trial)}: {detail}")


def write_outcome(trial, task, status, cause, course, metrics):
    now, stated = ledger.now(), container.container(task.header, trial["stage"])
    write_json(
        outcome.outcome_file(trial["id"]),
        {
            "outcome": 1,
            "id": trial["id"],
            "stage": trial["stage"],
            "status": status,
            "marked": container.marks(task.header, trial["stage"]),
            "cause": None if cause is None else {"kind": cause.kind, "detail": cause.detail},
            "attempts": course.attempts,
            "metrics": metrics,
            "started": course.begun or now,
            "finished": now,
            "seconds": round(course.seconds, 3),
            "peak_memory": course.peak,
            "cpu_seconds": round(course.cpu, 3),
            **course.gpu.said(),
            "hardware": dict(hardware(trial.get("gpus", 0)), cpus=trial["cpus"], **where()),
            "network": task.network,
            "program": trial["variant"],
            "keep": task.keep(trial),
            "expc": task.header["expc"],
            **({"container": stated["identity"]} if stated else {}),
        },
    )


def drop(trial, task):
    """Remove the checkpoints that nobody needs: none of the plans, nor the one that trained the trial, nor a retry."""
    trained = outcome.stated(outcome.outcome_file(trial["id"]), trial["id"]) or {}
    kept = {*task.keep(trial), *trained.get("keep", ()), *task.to_measure(trial)}
    if "*" in kept or (trained.get("cause") or {}).get("kind") in INTERRUPTED:
        return
    checkpoints = os.path.join(outcome.folder(trial["id"]), "checkpoints")
    try:
        names = os.listdir(checkpoints)
    except FileNotFoundError:
        return
    for name in names:
        if name not in {rule + ".pt" for rule in kept}:
            remove(os.path.join(checkpoints, name))
