"""A command in a SLURM job in, the same with the job's end known to it out; what isn't finished goes on in the next.

`python3 -I workflow/runner/in_job.py COMMAND...` runs on the node itself, outside of any container: only there can
SLURM be asked. `EXPC_JOB_END` tells the command in Unix time when the job ends, `EXPC_PARENT` with whom it ends. If it
exits with 85, the job is requeued; where SLURM doesn't let us, we exit with 85, and Snakemake submits it again."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time

AGAIN = 85
PATIENCE = 10  # seconds for one answer of SLURM
TRIES = 3
REQUEUED = 60  # seconds in which SLURM must have ended a job that it requeues
ENDED = (signal.SIGTERM, signal.SIGINT)


def main():
    job, environment = os.environ["SLURM_JOB_ID"], dict(os.environ, EXPC_PARENT=str(os.getpid()))
    parent = int(os.environ.get("EXPC_PARENT", os.getppid()))
    ends = end_of(job)
    if ends:
        environment["EXPC_JOB_END"] = "%.0f" % ends
    say("job %s on %s, %s" % (job, os.environ.get("SLURMD_NODENAME") or os.uname().nodename, until(ends)))
    status = run(sys.argv[1:], environment, parent)
    if status == AGAIN and requeued(job):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(REQUEUED)  # SLURM ends us now, and only then starts the job again
    return status


def run(command, environment, parent):
    """The command's exit status, as a shell says it. It gets the signals that we get, and ends with us."""
    heard = []
    for number in ENDED:
        signal.signal(number, lambda number, _: heard.append(number))
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)  # when the parent dies
    if os.getppid() != parent:
        heard.append(signal.SIGTERM)
    process = subprocess.Popen(command, env=environment)
    while True:
        while heard:
            process.send_signal(heard.pop(0))
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(timeout=0.2 if heard else 1)
            return 128 - status if status < 0 else status


def end_of(job):
    """When SLURM ends a job, in Unix time by this machine's clock; None if it doesn't, or nobody can tell."""
    found = asked("squeue", "-h", "-j", job, "-o", "%L")
    if found is None:
        return float(os.environ["SLURM_JOB_END_TIME"]) if os.environ.get("SLURM_JOB_END_TIME") else None
    seconds = seconds_of(found.strip())
    return None if seconds is None else int(time.time()) + seconds


def seconds_of(text):
    """`1-02:03:04`, `02:03:04` or `03:04` in seconds; None for UNLIMITED, NOT_SET and INVALID."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text)
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def requeued(job):
    """Whether SLURM starts the job again. Not one that it ends anyway: somebody has cancelled that."""
    stated = asked("scontrol", "-o", "show", "job", job) or ""
    state = re.search(r"\bJobState=(\S+)", stated)
    if not state or state.group(1) != "RUNNING":
        say("the job is not to go on: %s" % (state.group(1) if state else "SLURM doesn't answer"))
        return False
    if " Requeue=0 " in stated:
        asked("scontrol", "update", "JobId=" + job, "Requeue=1")
    if asked("scontrol", "requeue", job) is None:
        say("SLURM doesn't requeue the job; Snakemake submits it again, as often as `retries` in its profile says")
        return False
    say("requeued: SLURM starts job %s again" % job)
    return True


def asked(*command):
    """What a program of SLURM says; None if it fails, after a few tries."""
    for number in range(TRIES):
        if number:
            time.sleep(1)
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            nothing = subprocess.DEVNULL
            said = subprocess.check_output(command, stdin=nothing, stderr=nothing, timeout=PATIENCE)
            return said.decode(errors="replace")
    return None


def until(ends):
    return "without an end" if ends is None else time.strftime("until %Y-%m-%d %H:%M:%S", time.localtime(ends))


def say(text):
    with contextlib.suppress(OSError):
        os.write(1, (text + "\n").encode(errors="backslashreplace"))


if __name__ == "__main__":
    sys.exit(main())
