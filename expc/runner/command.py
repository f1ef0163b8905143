"""A range of a plan in, outcomes and evaluations out: `python workflow/runner PLAN STEP FIRST LAST --cores N`."""

import argparse
import contextlib
import os
import signal
import sys

from . import confine, devices, gpus, granted, near, outcome, together
from .again import start_again
from .allotted import allotted
from .claims import claims
from .ending import AGAIN
from .environment import NOWHERE
from .homes import Homes
from .isolate import deny_network, die_with_parent
from .launch import Launch
from .reaper import Reaper
from .schedule import Schedule
from .signals import Interrupted, Signals
from .stops import Stops, started
from .task import Task, lost, title


def main():
    del sys.path[0]  # ours; a trial puts its own there
    asked = arguments()
    try:
        return run(asked)
    except outcome.Damaged as problem:
        say(str(problem))
        return 1


def run(asked):
    """The exit status."""
    header, planned = together.at_step(
        asked.step, outcome.header(asked.plan), outcome.planned(asked.plan, asked.first, asked.last)
    )
    if not planned:
        raise outcome.Damaged(f"no line from {asked.first} to {asked.last} of {asked.plan} is of the step {asked.step}")
    trials = together.of_one_class(header, planned)
    if not asked.isolated:
        return start_again(asked, header, trials, say)
    if asked.confine and not confine.possible(os.path.abspath(outcome.TRIALS)):
        say("no trial can be kept to its folder: unlike outside, a process in this container gets no mount namespace")
        return 1
    parent, stops = asked.parent or os.getppid(), Stops(started(os.environ))
    secrets = settle(header)
    network = leave_network(header, trials[0])
    signals = Signals()
    die_with_parent(parent, signal.SIGTERM)
    task = Task(
        header,
        asked.step,
        network,
        lost(asked.plan, header, trials, asked.step),
        claims(asked.plan, trials),
        Homes(),
        secrets,
        allotted(asked.until, asked.scheduled),
        gpus.visible(os.environ),
    )
    reaper = Reaper(signals, task.homes.root)
    todo, lacks = equipped(task, [trial for trial in trials if task.needs(trial)])
    if lacks:
        say("\n".join(lacks))
        reaper.end()
        return 1
    ended = bring_near(task, todo, signals, parent)
    if ended is not None:
        reaper.end()
        return ended
    schedule = scheduled(asked, task, todo, signals, reaper, stops)
    stopped = schedule.run()
    reaper.end()
    if stopped and not task.job.scheduled:
        return 128 + stopped
    return verdict(schedule, task, trials)


def settle(header):
    """Make this process what trials can be forked from. The secrets' values, which its environment then has no more."""
    os.environ["HOME"] = NOWHERE  # which Apptainer doesn't let us say
    for stream in (sys.stdout, sys.stderr):  # a trial that is killed leaves what it printed
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # nobody has replaced them
    if header.get("try"):  # a rehearsal; from the plan, so that nobody's shell can shorten a real run
        os.environ["EXPC_TRY"] = "1"
    secrets = granted.carried(header, os.environ)
    for name in secrets:
        del os.environ[name]
    return secrets


def leave_network(header, trial):
    """The network that trials have from now on: `host`, `none`, or `open` where none can't be had."""
    network = granted.network(header, trial)
    if network == granted.HOST:
        return network
    return "none" if deny_network() else "open"


def bring_near(task, todo, signals, parent):
    """The exit status, if we are asked to end meanwhile: it may take an hour, and who waits for us has seconds."""
    try:
        with signals.interrupting():
            if near.bring(task.header, todo, task.homes.root, say):
                die_with_parent(parent, signal.SIGTERM)  # once more: changed credentials have undone it
    except Interrupted as end:
        say("asked to end before anything was begun")
        return AGAIN if task.job.scheduled else 128 + end.args[0]
    return None


def scheduled(asked, task, todo, signals, reaper, stops):
    within = os.path.abspath(outcome.TRIALS) if asked.confine else ""
    launch = Launch(say, cold=asked.cold, forks=len(todo), within=within)
    return Schedule(todo, task, cores=asked.cores, launch=launch, signals=signals, reaper=reaper, stops=stops, say=say)


def verdict(schedule, task, trials):
    """The exit status: 85 if the next job does what is left."""
    left = [trial for trial in trials if task.unfinished(trial)]
    fallen = [trial for trial in left if task.needs(trial) is None]
    if len(left) > len(fallen):
        say(f"{len(left) - len(fallen)} of {len(trials)} trials of this range are unfinished")
    if fallen:
        say(FALLEN.format(len(fallen), len(trials), title(fallen[0])))
    later = schedule.stopping or (schedule.fitting.begun and (schedule.late or schedule.postponed))
    if left and later and not schedule.troubled:
        return AGAIN
    return 1 if left or schedule.troubled else 0


FALLEN = (
    "{} of {} trials of this range have failed, {} for one; the spec says `on_failure: stop`,"
    " so the workflow stops here until `expc retry` lets them run again"
)


def arguments():
    parser = argparse.ArgumentParser(prog="runner", description=__doc__)
    parser.add_argument("plan", help="the plan's file")
    parser.add_argument("step", help="a stage; or `evaluate` or `read-logs`, which never start one")
    parser.add_argument("first", type=int, help="its first line, from 1")
    parser.add_argument("last", type=int, help="its last line, included")
    parser.add_argument("--cores", type=int, default=1, help="how many cores the trials share")
    parser.add_argument("--cold", action="store_true", help="start every program as a process of its own")
    parser.add_argument("--isolated", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--confine", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--scheduled", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def equipped(task, todo):
    """The trials, and what they lack here: secrets, GPUs. Without GPUs a rehearsal makes do with processors, and says
    so."""
    lacks = granted.absent(task.header, [trial["stage"] for trial in todo], task.secrets)
    without = devices.absent(todo, os.environ) or devices.unseen(todo, task.gpus)
    if without and task.header.get("try"):
        say("\n".join(["rehearsed without:", *without]))
        return [devices.without(trial) for trial in todo], lacks
    return todo, lacks + without


def say(text):
    """A line of the log. Past Python's buffers, which a fork would copy; and if nobody reads it, work goes on."""
    with contextlib.suppress(OSError):
        os.write(1, (text + "\n").encode(errors="backslashreplace"))
