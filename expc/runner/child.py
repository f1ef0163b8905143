"""A fork of the runner in, what it is told to be out: a script that runs in it, or a program in its place."""

# Of `signal`, what isn't about names for numbers: to make these takes a fresh process a third of a millisecond.
import _signal as signal  # type: ignore[import-not-found]
import contextlib
import marshal
import os
from typing import NoReturn

from . import unstarted, warm
from .confine import confine
from .isolate import die_with_parent
from .signals import HEARD

MOST = 1 << 16
FIRST = b"500"  # of 1000: where memory runs out, the kernel takes a trial, and not the runner or Snakemake


def live(parent, private, reaper, orders, complain) -> NoReturn:
    """The child's whole life: wait for its orders, and follow them. Through `complain` it says why it can't.

    `private` are the descriptors that nothing started may keep: a left-over process with a lock would block a trial."""
    status = 127
    try:
        leave(parent, private, reaper)
        order = heard(orders)
        if order:
            status = follow(complain, parent, *order)
    except (OSError, ValueError) as error:  # no such program, or an argument that no program can get
        os.write(complain, str(error).encode(errors="replace")[:4000])
    finally:
        os._exit(status)


def leave(parent, private, reaper):
    """Leave what is the runner's."""
    os.setsid()
    die_with_parent(parent)
    reaper.register(os.getpid())
    for descriptor in private:
        os.close(descriptor)
    signal.set_wakeup_fd(-1)
    with contextlib.suppress(OSError):
        adjustment = os.open("/proc/self/oom_score_adj", os.O_WRONLY)  # unlike `open`, which sets up a text file
        os.write(adjustment, FIRST)
        os.close(adjustment)


def tell(orders, start):
    """The other end of `heard`. BrokenPipeError if the child is gone."""
    with os.fdopen(orders, "wb") as pipe:
        order = start.folder, start.within, start.where, start.environment, start.script, start.command
        pipe.write(marshal.dumps(order))


def heard(orders):
    """What to follow; None if there will be no orders."""
    found = b"".join(iter(lambda: os.read(orders, MOST), b""))
    os.close(orders)
    return marshal.loads(found) if found else None


def follow(complain, parent, folder, within, where, environment, script, command):
    """The exit status of a script; a command takes this process's place."""
    if within:
        confine(folder, within)
        die_with_parent(parent)  # once more: changed credentials have undone it
    settle(folder, environment, script)
    os.chdir(where)
    if not script:
        execute(command)
    os.close(complain)
    return warm.run(script)


def execute(command) -> NoReturn:
    """In this process's place. OSError, with the reason in words, if it can't be started."""
    try:
        os.execvpe(command[0], command, os.environ)
    except (OSError, ValueError) as error:
        raise OSError(unstarted.reason(error, command)) from error


def settle(folder, environment, script):
    """Take what is the trial's."""
    for number, handler in warm.FRESH:
        if signal.getsignal(number) != signal.SIG_IGN:  # by nohup
            signal.signal(number, handler)
    if not script:  # Python ignores these, and programs would inherit that
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(log_file(folder), os.O_WRONLY | os.O_APPEND)
    for descriptor, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, standard)
    os.close(nothing)
    os.close(log)
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def log_file(folder):
    return os.path.join(folder, "log.txt")
