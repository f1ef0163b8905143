"""The GPUs that a start may use in, those that each trial gets out: whole ones, or shared by so many trials at once."""

import os
import re
from glob import glob

VISIBLE = "CUDA_VISIBLE_DEVICES"


def visible(environ, root="/"):
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES has for them.

    CUDA, too, stops at the first name that is none: "-1", or SLURM's "NoDevFiles"."""
    if VISIBLE in environ:
        found = []
        for name in environ[VISIBLE].split(","):
            if not re.fullmatch(r"\s*([0-9]+|(GPU|MIG)-\S+)\s*", name):
                break
            found.append(name.strip())
        return found
    there = glob(os.path.join(root, "proc/driver/nvidia/gpus/*")) or glob(os.path.join(root, "dev/nvidia[0-9]*"))
    return [str(index) for index in range(len(there))]


def models(root="/"):
    """The name of each GPU's model, as far as the driver says it under /proc."""
    found = []
    for path in sorted(glob(os.path.join(root, "proc/driver/nvidia/gpus/*/information"))):
        with open(path, encoding="utf-8", errors="replace") as file:
            found += re.findall(r"^Model:\s*(.+?)\s*$", file.read(), re.MULTILINE)
    return found


def variables(names):
    """What a trial finds in its environment: one that asks for no GPU sees none, whatever the machine has."""
    return {VISIBLE: ",".join(names), "EXPC_GPUS": str(len(names))}


class Gpus:
    """Who has which. `at_once` trials share each."""

    def __init__(self, names, at_once):
        self.free = dict.fromkeys(names, at_once)
        self.held = {}

    def room(self, trial):
        return sum(slots > 0 for slots in self.free.values()) >= trial.get("gpus", 0)

    def take(self, trial):
        """Those with the fewest trials on them. There must be room."""
        names = sorted(self.free, key=lambda name: -self.free[name])[: trial.get("gpus", 0)]
        for name in names:
            self.free[name] -= 1
        self.held[trial["id"]] = names
        return names

    def give(self, trial):
        for name in self.held.pop(trial["id"], ()):
            self.free[name] += 1
