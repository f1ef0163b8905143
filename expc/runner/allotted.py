"""What a start was told of its job in, until when its trials may run out."""

import math
import time
from dataclasses import dataclass

MARGIN, PART = 60.0, 0.2  # seconds before a job's end at which trials are asked to stop; of a short job, this part
RECORDING, LAST = 10.0, 0.3  # seconds that writing down how they ended may take; of a short margin, this part
GRACE = 20.0  # seconds for a checkpoint if a job is asked to end before its time: SLURM's KillWait is 30, mostly
SHORTEST = 30.0  # seconds below which nothing is begun at a job's end that wasn't seen to be shorter
MOST = 0.8  # an attempt that had this part of a job's time and came to no checkpoint won't in the next one


@dataclass(frozen=True)
class Allotted:
    """The time of a job, in Unix time. `ends` is infinite where nothing ends it; `scheduled` says that a scheduler
    started it, which will start it again."""

    began: float = 0.0
    ends: float = math.inf
    scheduled: bool = False

    @property
    def stop(self):
        """When trials are asked to end."""
        return self.ends - margin(self.ends - self.began)

    @property
    def kill(self):
        """When those that haven't are killed."""
        return self.ends - min(RECORDING, LAST * margin(self.ends - self.began))

    def left(self):
        """Seconds in which a trial may run, from now on."""
        return self.stop - time.time()

    def most(self, seconds):
        """Whether so many seconds are about all that a trial can get in such a job."""
        return seconds >= MOST * (self.stop - self.began)


UNLIMITED = Allotted()


def margin(seconds):
    """How long before the end of a job of so many seconds its trials are asked to stop."""
    return 0.0 if math.isinf(seconds) else min(MARGIN, PART * max(0.0, seconds))


def allotted(until, scheduled):
    """`until` is in Unix time, or None."""
    return Allotted(time.time(), math.inf if until is None else until, scheduled)


def told(environ):
    """The words by which a start hands on what its environment says of the job, which trials don't get to see."""
    until = ["--until", environ["EXPC_JOB_END"]] if environ.get("EXPC_JOB_END") else []
    return until + (["--scheduled"] if environ.get("SLURM_JOB_ID") else [])
