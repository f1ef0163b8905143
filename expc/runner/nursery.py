"""Starts in, the processes that become them out: forked some at a time, before they are needed.

After a fork, the first write to each page copies it, in the runner too. For some forks in a row it pays that once."""

import contextlib
import os
import signal
from collections import deque
from typing import Deque, NamedTuple, Optional, Tuple

from . import child
from .signals import HEARD

AHEAD = 8


class Waiting(NamedTuple):
    """A process that waits for its orders; through `complaint` it says why it couldn't follow them."""

    pid: int
    orders: int
    complaint: int


class Nursery:
    """The processes that wait. Each becomes one thing, and ends with it; one that gets no orders ends as well."""

    def __init__(self, reaper):
        self.reaper = reaper
        self.waiting: Deque[Waiting] = deque()
        self.imported: Optional[Tuple[str, ...]] = None

    @property
    def descriptors(self):
        return [descriptor for waits in self.waiting for descriptor in (waits.orders, waits.complaint)]

    def start(self, start, private, wanted):
        """(process, complaint) of a process that becomes what is to be started.

        `private` are the descriptors that nothing started may keep; so many starts are `wanted`, this one included."""
        if start.preload != self.imported:  # those that wait were forked before that
            self.end()
            self.imported = start.preload
        while True:
            if not self.waiting:
                self.fill(private, min(wanted, AHEAD))
            waits = self.waiting.popleft()
            try:
                child.tell(waits.orders, start)
            except BrokenPipeError:  # somebody killed it while it waited
                os.close(waits.complaint)
                continue
            return waits.pid, waits.complaint

    def fill(self, private, number):
        parent = os.getpid()
        # A signal between the fork and the child's own handlers would run the runner's in the child.
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        try:
            for _ in range(number):
                self.waiting.append(self.fork(parent, private))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)

    def fork(self, parent, private):
        (reading, orders), (complaint, complain) = os.pipe(), os.pipe()
        private = [*private, *self.descriptors, orders, complaint]
        try:
            pid = os.fork()
            if pid == 0:
                child.live(parent, private, self.reaper, reading, complain)
        finally:
            os.close(reading)
            os.close(complain)
        return Waiting(pid, orders, complaint)

    def end(self):
        """Let those go that still wait, and wait until they have gone."""
        for waits in self.waiting:
            os.close(waits.orders)
            os.close(waits.complaint)
        for waits in self.waiting:
            with contextlib.suppress(ChildProcessError):  # it was killed, and the schedule has met it
                os.waitpid(waits.pid, 0)
            self.reaper.unregister(waits.pid)
        self.waiting.clear()
