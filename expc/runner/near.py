"""Prepared data that a plan wants near its trials in, copies on this machine in their place out: once for a job.

Their paths stay the same: in a mount namespace of the runner's, a copy covers the original. Where that isn't allowed,
or the disk is full, trials read the original, and the log says so."""

import os
import shutil
import time

from .files import copy_folder, make
from .mounts import BIND, leave_mounts, mount, read_only, unmount
from .task import PREPARED

NODE = "node"


def bring(top, trials, scratch, say):
    """Copy the data of these trials to the folder `scratch`, and let them cover the original. Whether anything was
    done: then our credentials may have changed."""
    wanted = [identity for identity in used(trials) if top["data"].get(identity, {}).get("stage") == NODE]
    far = [identity for identity in wanted if elsewhere(os.path.join(PREPARED, identity), scratch)]
    left = False
    for identity in far:
        began, name = time.monotonic(), top["data"][identity]["name"]
        original, copy = os.path.abspath(os.path.join(PREPARED, identity)), os.path.join(scratch, "data", identity)
        try:
            if not left:
                leave_mounts()
                left = True
            make(os.path.dirname(copy))
            copy_folder(original, copy)
            cover(copy, original)
        except OSError as error:
            shutil.rmtree(copy, ignore_errors=True)
            say(f"the data {name} can't be brought to this machine ({error}): trials read them where they are")
        else:
            say(f"the data {name} were copied to this machine in {time.monotonic() - began:.1f} s")
    return left


def cover(copy, original):
    """Wholly or not at all."""
    mount(copy, original, BIND)
    try:
        read_only(original)
    except OSError:
        unmount(original)
        raise


def used(trials):
    """The prepared data that trials learn from or are evaluated on, each once."""
    of = (identity for trial in trials for identity in (trial["data"], *(data for _, _, data, _ in trial["evaluate"])))
    return [identity for identity in dict.fromkeys(of) if identity]


def elsewhere(path, scratch):
    """Whether a folder is there, and lies on another file system than `scratch`: else a copy is of no use."""
    try:
        return os.stat(path).st_dev != os.stat(scratch).st_dev
    except OSError:  # the trials say what is missing
        return False
