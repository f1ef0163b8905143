"""Trials in, everything that they still need done out: as many at once as the cores allow, until all have ended."""

import errno
import math
import os
import signal
import time
from collections import deque
from dataclasses import replace
from typing import Any, Deque, Dict

from . import hold
from .allotted import GRACE
from .cgroup import Kills
from .elsewhere import Elsewhere
from .ending import AGAIN, JOB, PREEMPTED
from .environment import deadline
from .fitting import Fitting
from .gpus import Gpus, variables
from .lock import leave as give_back
from .lock import take
from .nursery import Nursery
from .outcome import folder
from .places import words
from .process import Process
from .scale import Scale
from .task import title
from .trial import POSTPONED, life

TICK = 1.0  # seconds between two looks at memory, and at the parent
TWICE = 0.5  # one stop may come as several signals, from a terminal and from Snakemake; a person needs longer
HEARSAY = 0.5  # a scheduler ends a job's processes one by one: until we are told why one ended badly
HOPELESS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class Schedule:
    """The lives in progress. Each has a lock, and a process most of the time."""

    def __init__(self, trials, task, *, cores, launch, signals, reaper, stops, say):
        self.waiting: Deque[Dict[str, Any]] = deque(trials)
        self.elsewhere = Elsewhere(say)
        self.task, self.cores, self.launch, self.say = task, cores, launch, say
        self.signals, self.reaper, self.stops, self.nursery = signals, reaper, stops, Nursery(reaper)
        self.gpus = Gpus(task.gpus, trials[0].get("at_once", 1) if trials else 1)  # all trials are of one class
        self.kills = Kills()
        self.lives, self.locks = {}, {}  # by process id, by trial id
        self.doubted: Deque[Any] = deque()  # those that have ended, badly
        self.ready: Deque[Any] = deque()  # lives that want a process, before there is room for it
        self.parent, self.orphaned = os.getppid(), False
        self.scale = Scale(self.gpus)
        self.stopping, self.stopped_at = 0, 0.0
        self.late, self.postponed = False, False  # the job's time is up; something must wait for the next job
        self.us, self.next_renewal = hold.ourselves(os.environ), 0.0
        self.fitting = Fitting(task.job)
        self.next_look, self.troubled = 0.0, False

    def run(self):
        """Returns when nothing runs and nothing waits: the signal that stopped it, or 0."""
        self.heed()
        while True:
            self.give_out()
            if self.nothing_left():
                self.nursery.end()
                return self.stopping
            for number in self.signals.heard(self.patience()):
                if number != signal.SIGCHLD:
                    self.stop(number)
            ended = [*self.collect(), *self.believed()]
            self.give_out()  # first, or a core would be idle while we write down what has ended
            for news in ended:
                self.go_on(*news)
            self.look()

    def nothing_left(self):
        at_work = self.lives or self.ready or self.doubted
        return not at_work and (self.ending() or not (self.waiting or self.elsewhere.trials))

    def give_out(self):
        """Begin what there is room for; what others hold comes last, again and again."""
        if not self.waiting:
            self.waiting.extend(self.elsewhere.due())
        while self.give_out_one():
            pass

    def give_out_one(self):
        """What has begun goes before what has not. False if there is nothing more to begin."""
        if self.ready and (self.stopping or self.late):
            self.leave(*self.ready.popleft()[:2])
            return True
        following = self.ready[0][0] if self.ready else self.waiting[0] if self.waiting else None
        if following is None or not self.room(following):
            return False
        if not self.fitting.worthwhile(following):
            self.postpone()
            return True
        if self.ready:
            self.start(*self.ready.popleft())
        else:
            self.begin(self.waiting.popleft())
        return True

    def room(self, trial):
        """Whether the trial may start. One that is timed has all cores, so that nothing beside it slows it down."""
        if self.stopping or not self.lives:
            return not self.stopping
        running = [held for held, _, _ in self.lives.values()]
        busy = sum(held["cpus"] for held in running)
        enough = busy + trial["cpus"] <= self.cores and self.gpus.room(trial)
        return enough and not any(map(self.task.alone, [trial, *running]))

    def postpone(self):
        """What is first in turn is left for the next job."""
        self.postponed = True
        if self.ready:
            self.leave(*self.ready.popleft()[:2])
        else:
            self.waiting.popleft()

    def begin(self, trial):
        began = time.monotonic()
        try:
            lock = take(trial["id"], self.us)
        except OSError as error:
            self.trouble(trial, error)
            return
        if lock is None:
            self.elsewhere.add(trial, time.monotonic() - began)
            return
        self.locks[trial["id"]] = lock
        self.go_on(trial, life(trial, self.task, self.say), None)

    def go_on(self, trial, alive, news):
        """Tell a life the news. It then wants a process, or is over."""
        if news is not None and self.us and not hold.renew(folder(trial["id"]), self.us):
            self.give_up(trial, alive)  # it would write down its end where the other writes
            return
        try:
            wanted = alive.send(news)
        except StopIteration as end:
            self.postponed = self.postponed or end.value == POSTPONED
            self.leave(trial, alive)
        except OSError as error:
            self.trouble(trial, error)
            self.leave(trial, alive)
        else:
            self.ready.append((trial, alive, wanted))

    def start(self, trial, alive, wanted):
        """Start what a life wants; it then waits until that has ended."""
        told = {**deadline(wanted.time, self.task.job), **variables(self.gpus.take(trial))}
        wanted = replace(wanted, environment=dict(wanted.environment, **told))
        try:
            process = Process(self.launch(wanted), self.nursery, self.private(), 1 + len(self.waiting))
        except OSError as error:
            self.gpus.give(trial)
            self.trouble(trial, error)
            self.leave(trial, alive)
            return
        self.fitting.begun = True
        self.lives[process.pid] = (trial, alive, process)
        try:
            alive.send(process.pid)
        except OSError as error:  # its life is over, but the process must be waited for
            self.trouble(trial, error)
            process.end_now("stopped")

    def leave(self, trial, alive):
        alive.close()
        give_back(trial["id"], self.locks.pop(trial["id"]), self.us)

    def private(self):
        """Descriptors that nothing started may keep: a left-over process with a lock would block the trial."""
        pipes = (self.signals.reading, self.signals.writing, self.reaper.pipe)
        return [*self.locks.values(), *pipes, *(process.complaint for _, _, process in self.lives.values())]

    def collect(self):
        """Take leave of every process that has ended: the trial, its life, and how it ended."""
        while True:
            try:
                number, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if number == 0:
                return
            if number in self.lives:
                trial, alive, process = self.lives.pop(number)
                ended = self.kills.explained(process.ended(status, usage), beside=len(self.lives))
                self.fitting.learn(trial, ended.seconds)
                self.gpus.give(trial)
                self.reaper.unregister(number)
                if self.task.job.scheduled and not ended.killed_for and status not in (0, AGAIN << 8):
                    self.doubted.append((time.monotonic() + HEARSAY, trial, alive, ended))
                else:
                    yield trial, alive, ended

    def believed(self):
        """What ended badly in a job is judged a moment later: perhaps all of the job is asked to end, and we hear it
        last."""
        while self.doubted and (self.stopping or self.doubted[0][0] <= time.monotonic()):
            _, trial, alive, ended = self.doubted.popleft()
            yield trial, alive, replace(ended, killed_for=PREEMPTED, starved=None) if self.stopping else ended

    def ending(self):
        return self.stopping or self.task.job.left() <= 0

    def stop(self, number):
        """The first signal asks the trials to end, a second one ends them."""
        orphaned = os.getppid() != self.parent and not self.orphaned
        self.orphaned = self.orphaned or orphaned
        now = time.monotonic()
        if not self.stopping:
            self.stopping, self.stopped_at = number, now
            self.say(f"stopping, on {signal.Signals(number).name}")
            for _, _, process in self.lives.values():
                process.ask_to_end(*((PREEMPTED, now, GRACE) if self.task.job.scheduled else ("stopped", now)))
        elif not orphaned and now > self.stopped_at + TWICE:  # the parent's death sends a signal that nobody meant
            for _, _, process in self.lives.values():
                process.end_now("stopped")

    def patience(self):
        """Seconds until something has to be looked at."""
        moments = [self.next_look, *(moment for moment, *_ in self.doubted)]
        if not self.late and not math.isinf(self.task.job.stop):
            moments.append(time.monotonic() + self.task.job.left())
        if self.elsewhere.trials and not self.waiting:
            moments.append(self.elsewhere.next_try)
        for _, _, process in self.lives.values():
            if process.kill_at is not None:
                moments.append(process.kill_at)
            elif process.deadline is not None and not process.killed_for:
                moments.append(time.monotonic() + process.deadline - time.time())
        return min(moments) - time.monotonic()

    def look(self):
        """Enforce the limits."""
        now, clock = time.monotonic(), time.time()
        if clock >= self.task.job.stop:
            self.finish(now, max(0.0, self.task.job.kill - clock))
        for _, _, process in self.lives.values():
            if process.kill_at is not None and now >= process.kill_at:
                process.end_now(process.killed_for)
            if process.deadline is not None and clock >= process.deadline:
                process.ask_to_end("time", now)
        if now >= self.next_look:
            self.next_look = now + TICK
            self.scale.look(self.lives, TICK)
            if self.us and now >= self.next_renewal:
                self.renew(now)
            self.heed()
            if os.getppid() != self.parent and not self.stopping:  # where the kernel doesn't tell
                self.stop(signal.SIGTERM)

    def heed(self):
        """What somebody asked to stop ends, or is not begun."""
        unwanted = self.stops.look()
        if not unwanted:
            return
        for trial, _, process in self.lives.values():
            if trial["id"] in unwanted:
                process.ask_to_end("stopped", time.monotonic())
        for queue in (self.waiting, self.elsewhere.trials):
            for trial in [trial for trial in queue if trial["id"] in unwanted]:
                queue.remove(trial)
                self.say(f"not begun: {title(trial)}: somebody asked that it stop; the next start goes on")

    def finish(self, now, grace):
        """The job's time is up: nothing more is begun, and what runs is asked to end."""
        if not self.late:
            self.late = True
            self.say("the job's time is up")
        for _, _, process in self.lives.values():
            process.ask_to_end(JOB, now, grace)

    def renew(self, now):
        """Say on all nodes that we still work on our trials. One that another node has taken over is that node's."""
        self.next_renewal = now + hold.RENEW
        lost = {identity for identity in self.locks if not hold.renew(folder(identity), self.us)}
        for trial, _, process in self.lives.values():
            if trial["id"] in lost:
                process.end_now("stopped")
        for trial, alive, wanted in [one for one in self.ready if one[0]["id"] in lost]:  # it waited for a core
            self.ready.remove((trial, alive, wanted))
            self.give_up(trial, alive)

    def give_up(self, trial, alive):
        """It comes last, as all that others hold: once it is theirs no more, there may be nothing left to do."""
        self.say(f"taken over by another node: {title(trial)}")
        self.leave(trial, alive)
        self.elsewhere.lose(trial)

    def trouble(self, trial, error):
        """The trial isn't to blame, so it has no outcome."""
        self.troubled = True
        said = words(error)
        self.say(f"can't go on with {title(trial)}: {said}" + ("" if "start again" in said else "; then start again"))
        left = len(self.waiting) + len(self.elsewhere.trials)
        if error.errno in HOPELESS and left:
            self.say(f"for the same reason, not begun: {left} trial{'' if left == 1 else 's'}")
            self.waiting.clear()
            self.elsewhere.trials.clear()
