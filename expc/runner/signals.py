"""Signals in, their numbers out of a pipe that can be waited for: no polling, and no code inside a handler."""

import contextlib
import os
import select
import signal

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Interrupted(Exception):  # noqa: N818 - it is we who are interrupted
    """Somebody asks us to end, by this signal."""


def nothing(*_):
    """A signal's handler: it is read out of the pipe."""


class Signals:
    """From its making on, signals are no more than bytes to be read."""

    def __init__(self):
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.set_blocking(self.writing, False)
        signal.set_wakeup_fd(self.writing, warn_on_full_buffer=False)
        nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # then we outlive the terminal
        self.numbers = [number for number in HEARD if not (nohup and number == signal.SIGHUP)]
        for number in self.numbers:
            signal.signal(number, nothing)

    def leave(self):
        """In a child that is to become another program: they are what they were."""
        signal.set_wakeup_fd(-1)
        for number in self.numbers:
            signal.signal(number, signal.SIG_DFL)

    @contextlib.contextmanager
    def interrupting(self):
        """Meanwhile, who asks us to end interrupts what we do: nothing is running yet that needs time to end."""

        def interrupt(number, _):
            raise Interrupted(number)

        asking = [number for number in self.numbers if number != signal.SIGCHLD]
        for number in asking:
            signal.signal(number, interrupt)
        try:
            yield
        finally:
            for number in asking:
                signal.signal(number, nothing)

    def heard(self, seconds):
        """The signals that came, in order, after waiting at most so many seconds for the first."""
        select.select([self.reading], [], [], max(0.0, seconds))
        try:
            return list(os.read(self.reading, 4096))
        except BlockingIOError:
            return []
