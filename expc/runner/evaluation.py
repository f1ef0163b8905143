"""A trial's kept checkpoints in, the metrics that evaluate.py measures from them out, one file for each evaluation."""

import os

from . import environment, ledger, measured, metrics, outcome, places, predictions
from .ending import JOB, failed, judge
from .files import make, remove, write_json
from .process import Start
from .task import CODE, PREPARED, inputs_of, program, title

TOO_LONG = "in {:.0f} s, all that its job gave it, it did not end: it needs a longer job"


def evaluate(trial, wanted, task, say):
    """Make the evaluations that are wanted. A failed one is a result, too."""
    folder = os.path.abspath(outcome.folder(trial["id"]))
    make(os.path.join(folder, "evaluations"))
    for evaluation in wanted:
        ending, found, seconds = yield from measure(trial, evaluation, folder, task)
        if ending.status == "stopped":
            return say(f"stopped: evaluation of {title(trial)}")
        _, name, _, rule = evaluation
        write(trial, evaluation, ending.cause, {row["name"]: row["value"] for row in found}, seconds)
        if ending.cause:
            say(f"evaluation failed: {title(trial)} on {name}: {ending.cause.detail}")
        else:
            without = measured.but_without(measured.untested(found, rule, task.stage(trial)))
            say(f"evaluation done{without}: {title(trial)} on {name}")
    return None


def write(trial, evaluation, cause, values, seconds):
    """`values` are final ones, by metric; `cause` says why there are none."""
    identity, _, data, rule = evaluation
    make(os.path.join(outcome.folder(trial["id"]), "evaluations"))
    write_json(
        outcome.evaluation_file(trial["id"], identity),
        {
            "id": identity,
            "status": "failed" if cause else "done",
            "trial": trial["id"],
            "data": data,
            "checkpoint": rule,
            "metrics": values,
            "cause": None if cause is None else {"kind": cause.kind, "detail": cause.detail},
            "seconds": round(seconds, 3),
            "finished": ledger.now(),
        },
    )


def measure(trial, evaluation, folder, task):
    """(how it ended, its rows, seconds): one evaluation, started again if a signal ends it."""
    identity, _, data, rule = evaluation
    path = os.path.join(folder, "evaluations", identity + ".jsonl")
    predicted = os.path.abspath(outcome.predictions_file(trial["id"], identity)) + ".new"
    wanted = {"EXPC_PREDICTIONS": predicted} if task.predicts(trial, rule) else {}
    signalled, spent = 0, 0.0
    inputs = {name: os.path.abspath(path) for name, path in inputs_of(trial).items()}
    while True:
        remove(path)
        remove(predicted)
        settings = task.given(trial)
        settings.update(environment.of_trial(folder, task.homes.lend(), trial["cpus"], (), {}, inputs))
        settings.update(wanted)
        yield to_start(trial, folder, settings, data, rule, path, spent)
        ended = task.hide(folder, (yield None), path, *wanted.values())
        task.homes.take_back(settings["HOME"])
        places.had_room(folder, ended)
        spent += ended.seconds
        ending = judge(ended, signalled=signalled, advanced=False, time=trial["time"], memory=trial["memory"])
        if not ending.again:
            break
        signalled += 1
    if ended.killed_for == JOB and task.job.most(ended.seconds):  # it can't go on in the next one
        ending = failed("time", TOO_LONG.format(ended.seconds), status="time")
    ending, found = examined(ending, path, predicted if wanted else "")
    remove(path)
    remove(predicted)
    return ending, found, spent


def examined(ending, path, predicted):
    """The ending once more, after a look at what was measured, and the rows. What was predicted, where it was asked
    for, stands in its place before any result says so; of a program that predicts nothing, an empty file."""
    if ending.status != "done":
        return ending, []
    try:
        found = metrics.settle(path)
        if not found:
            return failed("metrics", "the evaluation measured nothing"), []
        if predicted:
            predictions.settle(predicted)
            with open(predicted, "ab"):
                pass
            os.replace(predicted, predicted[: -len(".new")])
    except metrics.Unsound as error:
        return failed("metrics", str(error)), []
    return ending, found


def to_start(trial, folder, settings, data, rule, path, spent):
    variant = program(trial["variant"])
    settings.update(
        EXPC_CHECKPOINT=os.path.join(folder, "checkpoints", rule + ".pt"),
        EXPC_DATA_DIR=os.path.abspath(os.path.join(PREPARED, data)),
        EXPC_METRICS=path,
    )
    limits = environment.limit(trial, spent)
    script = os.path.abspath(os.path.join(CODE, trial["variant"], variant["evaluate"]))
    return Start(folder, folder, settings, script=script, preload=tuple(variant["preload"]), **limits)
