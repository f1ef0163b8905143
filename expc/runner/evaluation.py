"""A trial's kept checkpoints in, the metrics that evaluate.py measures from them out, one file for each evaluation."""

import os

from . import environment, ledger, measured, metrics, outcome
from .ending import failed, judge
from .files import make, remove, write_json
from .process import Start
from .task import CODE, PREPARED, program, title


def evaluate(trial, task, say):
    """Make every evaluation that is missing. A failed one is a result, too."""
    folder = os.path.abspath(outcome.folder(trial["id"]))
    make(os.path.join(folder, "evaluations"))
    for evaluation in outcome.missing_evaluations(trial):
        ending, found, seconds = yield from measure(trial, evaluation, task, folder)
        if ending.status == "stopped":
            return say(f"stopped: evaluation of {title(trial)}")
        identity, name, data, rule = evaluation
        status = "failed" if ending.cause else "done"
        write_json(
            outcome.evaluation_file(trial["id"], identity),
            {
                "id": identity,
                "status": status,
                "trial": trial["id"],
                "data": data,
                "checkpoint": rule,
                "metrics": {row["name"]: row["value"] for row in found},
                "cause": None if ending.cause is None else {"kind": ending.cause.kind, "detail": ending.cause.detail},
                "seconds": round(seconds, 3),
                "finished": ledger.now(),
            },
        )
        say(f"evaluation {status}: {title(trial)} on {name}" + (f": {ending.cause.detail}" if ending.cause else ""))
    return None


def measure(trial, evaluation, task, folder):
    """(how it ended, its rows, seconds): one evaluation, started again if a signal ends it."""
    identity, _, data, rule = evaluation
    path = os.path.join(folder, "evaluations", identity + ".jsonl")
    signalled, spent = 0, 0.0
    while True:
        remove(path)
        yield to_start(trial, folder, data, rule, path, spent)
        ended = yield None
        environment.remove_home(folder)
        spent += ended.seconds
        ending = judge(ended, signalled=signalled, advanced=False, time=trial["time"], memory=trial["memory"])
        if not ending.again:
            break
        signalled += 1
    found = []
    try:
        if ending.status == "done":
            found = metrics.settle(path)
            problem = lacking(found, rule, task.stage(trial))
            ending = failed("metrics", problem) if problem else ending
    except metrics.Unsound as error:
        ending = failed("metrics", str(error))
    remove(path)
    return ending, found, spent


def lacking(found, rule, stage):
    """What the evaluation should have measured at this checkpoint and didn't, or what can't be; None if all is well."""
    wanted = [asked["name"] for asked in stage["metrics"] if measured.evaluated(asked, stage) and asked["rule"] == rule]
    names = {row["name"] for row in found}
    missing = [name for name in wanted if name not in names]
    if missing or not found:
        wrote = ", ".join(sorted(names)) or "nothing"
        return f"the evaluation ended without {', '.join(missing) or 'a metric'}; it wrote: {wrote}"
    return measured.outside(found, stage["ranges"])


def to_start(trial, folder, data, rule, path, spent):
    variant = program(trial["variant"])
    environment.make_home(folder)
    settings = environment.of_trial(folder, trial["cpus"], (), {})
    settings.update(
        EXPC_CHECKPOINT=os.path.join(folder, "checkpoints", rule + ".pt"),
        EXPC_DATA_DIR=os.path.abspath(os.path.join(PREPARED, data)),
        EXPC_METRICS=path,
    )
    limits = environment.limit(settings, trial, spent)
    script = os.path.abspath(os.path.join(CODE, trial["variant"], variant["evaluate"]))
    return Start(folder, folder, settings, script=script, preload=tuple(variant["preload"]), **limits)
