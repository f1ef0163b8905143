"""This process's control group in, how much memory may be used in it and whether the kernel killed for want of it out.

SLURM makes such a group for each step of a job, with the memory that the job asked for."""

import os
from dataclasses import replace

from .files import content

MIB = 1 << 20
BOUNDLESS = 1 << 50  # what version 1 says of a group without a limit is about 2^63


class Kills:
    """The kernel's kills in our group. Each is told of once."""

    def __init__(self, root="/"):
        self.root, self.events = root, events(root)
        self.seen = self.counted()

    def happened(self):
        """Whether there was another one since we last looked."""
        before, self.seen = self.seen, self.counted()
        return self.seen > before

    def explained(self, ended, beside):
        """How a process ended, once more: if the kernel killed it, or one that it had started, for want of memory."""
        if (ended.exit or ended.signal) and not ended.killed_for and self.happened():
            return replace(ended, starved=most(self.root), beside=beside)
        return ended

    def counted(self):
        return int(dict(map(str.split, content(self.events).splitlines())).get("oom_kill", 0)) if self.events else 0


def most(root="/"):
    """MiB that all of the group may use: its limit, those above it, or what the machine has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *limits(root)]) // MIB


def events(root):
    """The file that counts kills; None where the kernel doesn't tell."""
    for version, name in (group_v1(root), "memory.oom_control"), (group_v2(root), "memory.events"):
        if version and os.path.exists(os.path.join(version, name)):
            return os.path.join(version, name)
    return None


def limits(root):
    """In bytes; version 1 sums up the groups above, of version 2 each is asked."""
    found, folder = [], group_v1(root)
    if folder:
        rows = dict(map(str.split, content(os.path.join(folder, "memory.stat")).splitlines()))
        found = [int(rows.get("hierarchical_memory_limit", BOUNDLESS))]
    folder, top = group_v2(root), os.path.join(root, "sys/fs/cgroup")
    while folder and folder != top:
        said = content(os.path.join(folder, "memory.max")).strip()
        found += [int(said)] if said.isdigit() else []
        folder = os.path.dirname(folder)
    return [limit for limit in found if limit < BOUNDLESS]


def group_v1(root):
    return named(root, "memory", "sys/fs/cgroup/memory")


def group_v2(root):
    return named(root, "", "sys/fs/cgroup")


def named(root, controller, mounted):
    """The folder of our group for a controller; the one without a name is that of version 2."""
    for line in content(os.path.join(root, "proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return os.path.normpath(os.path.join(root, mounted, path.lstrip("/")))
    return None
