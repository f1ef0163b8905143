"""A trial's next attempt in, how it ended and what it measured out."""

import os
import sys
from dataclasses import replace

from . import environment, ledger, metrics, outcome, own, places, predictions, reading
from .configuration import configure
from .ending import JOB, PREEMPTED, failed, judge
from .files import fingerprint, make, size
from .launched import launched, threads
from .process import Start
from .task import CACHE, CODE, inputs_of, program, title

BY = {JOB: "time", PREEMPTED: "preemption"}


def attempt(trial, task, folder, course, say):
    """(course with this attempt, its ending, the rows that it wrote, what patterns found in its log or None): yields
    what is to be started, then None; see `life`."""
    checkpoints, path = os.path.join(folder, "checkpoints"), os.path.join(folder, "metrics.jsonl")
    resuming, number = own.goes_on(program(trial["variant"]), checkpoints), course.last + 1
    metrics.begin(path, resuming=resuming)
    metrics.begin(os.path.join(folder, predictions.FILE), resuming=resuming)
    before = fingerprint(checkpoints)
    try:
        start = to_start(trial, task, folder, course.seconds, resuming)
    except own.Unfilled as error:
        return course, failed("start", str(error)), [], None
    except own.Tampered as error:
        return course, failed("code", str(error)), [], None
    say(f"started: {title(trial)}" + (f", attempt {number}" if number > 1 else ""))
    printed_before = size(os.path.join(folder, "log.txt"))
    begun = ledger.started(folder, number, (yield start), trial, printed_before, resuming=resuming)
    ended = task.hide(folder, (yield None), *own.results_files(program(trial["variant"]), folder))
    task.homes.take_back(start.environment["HOME"])
    places.had_room(folder, ended)
    advanced = fingerprint(checkpoints) != before
    ending = judge(
        ended,
        signalled=course.signalled,
        advanced=advanced,
        time=trial["time"],
        memory=trial["memory"],
    )
    ending = within_its_job(ending, ended, task.job, advanced=advanced)
    spent = course.seconds + ended.seconds
    if ending.again and trial["time"] is not None and spent >= trial["time"]:
        ending = failed("time", f"it took {spent:.1f} of its {trial['time']:g} s before it could go on", status="time")
    found = None
    if ending.final and reading.asked(trial):
        found = yield from reading.read(trial, task, folder)
    ending, rows = examined(ending, trial, task, folder, found)
    if found:
        reading.keep(trial, found)
    ledger.ended(folder, number, ended, ending)
    return course.after(ended, begun=begun, signalled=ending.status == "signal"), ending, rows, found


def within_its_job(ending, ended, job, *, advanced):
    """The ending once more, with a view to the time that the job has, and the next one will have."""
    if ending.status == "stopped" and ended.killed_for == JOB and not advanced and job.most(ended.seconds):
        return failed(
            "time",
            f"in {ended.seconds:.0f} s, all that its job gave it, it came to no new checkpoint; it needs a longer job, "
            "or must save more often",
            status="time",
        )
    if ending.status == "stopped" and ended.killed_for in BY:
        return replace(ending, by=BY[ended.killed_for])
    if ending.status == "continue" and job.left() < ended.seconds:  # it said that more doesn't fit
        return replace(ending, again=False, by="time", detail="the job's time is up")
    return ending


def to_start(trial, task, folder, spent, resuming):
    """The process of the trial's next attempt."""
    variant, code = program(trial["variant"]), os.path.abspath(os.path.join(CODE, trial["variant"]))
    sources = {
        name: os.path.abspath(os.path.join(outcome.folder(of), path)) for name, (of, path) in trial["from"].items()
    }
    inputs = {name: os.path.abspath(path) for name, path in inputs_of(trial).items()}
    settings = task.given(trial)
    home, checkpoints = task.homes.lend(), task.checkpoints(trial)
    settings.update(environment.of_trial(folder, home, threads(trial), checkpoints, sources, inputs))
    if variant.get("cache"):
        settings["EXPC_CACHE_DIR"] = os.path.abspath(os.path.join(CACHE, variant["template"]))
        make(settings["EXPC_CACHE_DIR"])
    limits = environment.limit(trial, spent)
    if "command" not in variant:
        script = os.path.join(code, variant["train"])
        if trial.get("launcher"):
            return Start(folder, folder, settings, command=launched((sys.executable, script), trial), **limits)
        return Start(folder, folder, settings, script=script, preload=tuple(variant["preload"]), **limits)
    work, checkpoints = os.path.join(folder, "work"), settings["EXPC_CHECKPOINT_DIR"]
    places = {"checkpoint_dir": checkpoints, "trial_dir": folder}
    places.update({"from." + name: path for name, path in dict(sources, **inputs).items()})
    places.update({"input." + name: path for name, path in inputs.items()})
    command = own.arguments(variant["command"], trial, places)
    command += own.resumption(variant.get("resume", ()), checkpoints, trial, places)
    own.prepare(code, work, resuming=resuming, results=variant.get("results"))
    own.untouched(work, variant.get("protect", {}))
    configure(work, variant.get("configurations", {}), dict(trial["params"], seed=trial["seed"]), places)
    return Start(folder, work, settings, command=launched(command, trial), **limits)


def examined(ending, trial, task, folder, found):
    """The ending once more, after a look at what the program measured and saved; and the rows that it wrote. `found` is
    what patterns found in its log.

    Which metrics a spec asks for plays no part in it: the next spec that shares the trial asks for others."""
    variant, path = program(trial["variant"]), os.path.join(folder, "metrics.jsonl")
    results = variant.get("results")
    try:
        rows = metrics.settle(path)
        predictions.settle(os.path.join(folder, predictions.FILE))
        more = (
            own.results(os.path.join(folder, "work", results), results) if results and ending.status == "done" else []
        )
        if more:
            rows = metrics.deduplicated(rows + more)
            metrics.write(path, rows)
        own.untouched(os.path.join(folder, "work"), variant.get("protect", {}))
    except own.Tampered as error:
        return (failed("code", str(error)) if ending.status == "done" else ending), rows
    except metrics.Unsound as error:
        return (failed("metrics", str(error)) if ending.status == "done" else ending), []
    if ending.status != "done":
        return ending, rows
    if not rows and not (found and found.rows):
        unread = reading.nothing(trial, task, found)
        empty = f"{results or 'metrics.jsonl'} holds no metric" if results or not unread else ""
        return failed("metrics", f"the program measured nothing: {', and '.join(filter(None, [unread, empty]))}"), []
    unsaved = [rule for rule in trial["checkpoints"] if "command" not in variant and not outcome.kept(trial, rule)]
    if unsaved:
        return failed("code", f"the program ended without saving checkpoints/{unsaved[0]}.pt"), rows
    return ending, rows
