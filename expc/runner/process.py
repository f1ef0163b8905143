"""What is to be started in, a running process in its own group out; and, once it has ended, how."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from .busy import NOTHING, Use
from .child import log_file
from .reaper import kill

GRACE = 10.0
ADVICE = "Set the environment variable HYDRA_FULL_ERROR"


@dataclass(frozen=True)
class Start:
    """One process to be started: a `script` in a fork of this one, or a `command` if there is no script.

    `folder` is the trial's, `where` the one to start in; `preload` names what the script imports. It may take `time`
    seconds, counted from when there is a core for it, and `memory` MiB. Of the folder `within`, if one is named, it can
    write into the trial's alone."""

    folder: str
    where: str
    environment: Dict[str, str]
    command: Tuple[str, ...] = ()
    script: str = ""
    preload: Tuple[str, ...] = ()
    time: Optional[float] = None
    memory: Optional[int] = None
    within: str = ""


@dataclass(frozen=True)
class Ended:
    """How a process ended. `peak` is in MiB, `cpu` in seconds of processors, with those of the processes it waited for;
    `killed_for` is what we killed it for: "stopped", "job", "preempted", "time" or "memory". If the kernel killed for
    want of memory, `starved` is all that could be used, in MiB, and `beside` says how many others ran."""

    exit: Optional[int]
    signal: Optional[int]
    seconds: float
    peak: int
    cpu: float = 0.0
    gpu: Use = NOTHING
    killed_for: str = ""
    unstarted: str = ""
    printed: str = ""
    starved: Optional[int] = None
    beside: int = 0


class Process:
    """A running process, and the group that it leads."""

    def __init__(self, start, nursery, private, wanted):
        """`private` are the descriptors that nothing started may keep; so many starts are `wanted`, with this one."""
        self.start = start
        self.killed_for, self.kill_at, self.peak, self.gpu = "", None, 0, NOTHING
        with open(log_file(start.folder), "ab") as log:
            self.printed_before = log.tell()
        self.began = time.monotonic()
        self.deadline = None if start.time is None else time.time() + start.time
        self.pid, self.complaint = nursery.start(start, private, wanted)

    def send(self, number):
        """To the whole group; to the process alone, if it was forked just now and leads none yet."""
        if not kill(self.pid, number):
            os.kill(self.pid, number)

    def ask_to_end(self, reason, now, grace=GRACE):
        """SIGTERM, and SIGKILL after a while."""
        if not self.killed_for:
            self.killed_for, self.kill_at = reason, now + grace
            self.send(signal.SIGTERM)

    def end_now(self, reason):
        self.killed_for, self.kill_at = self.killed_for or reason, None
        self.send(signal.SIGKILL)

    def ended(self, status, usage):
        """Call it once the process was waited for. Nothing of its group is left afterwards."""
        kill(self.pid, signal.SIGKILL)
        with os.fdopen(self.complaint, "rb") as complaint:
            os.set_blocking(self.complaint, False)
            unstarted = (complaint.read() or b"").decode(errors="replace")
        signalled = os.WIFSIGNALED(status)
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Ended(
            exit=None if signalled else os.WEXITSTATUS(status),
            signal=os.WTERMSIG(status) if signalled else None,
            seconds=time.monotonic() - self.began,
            peak=max(self.peak, usage.ru_maxrss // unit),
            cpu=usage.ru_utime + usage.ru_stime,
            gpu=self.gpu,
            killed_for=self.killed_for,
            unstarted=unstarted,
            printed=last_line(log_file(self.start.folder), self.printed_before) if status else "",
        )


def last_line(log, begin):
    """The last line printed since `begin` that means something: of a traceback, the one that names the error. None of
    a program that has removed its log."""
    try:
        with open(log, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(begin, end - 16384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    raised = [index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    if raised:
        lines = next(([line] for line in lines[raised[-1] + 1 :] if line[:1].strip()), lines)
    elif any(line.startswith(ADVICE) for line in lines):
        lines = [refusal("\n".join(lines).partition(ADVICE)[0])]
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def refusal(said):
    """The first line of the last paragraph that is not about where Hydra looked."""
    paragraphs = [found for found in said.strip().split("\n\n") if not found.startswith("Config search path")]
    return paragraphs[-1].partition("\n")[0] if paragraphs else ""
