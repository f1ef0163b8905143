"""Process groups in, the memory that each occupies out, from /proc; nothing where there is none."""

import os
from typing import Dict, List, Tuple

PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20


def occupied(groups, proc="/proc"):
    """MiB of each process group.

    A forked process shares pages with the runner and with its own workers. What a group occupies is counted as
    if it ran alone: all of its largest process, and of the others what only they have. Whoever left the group (each
    process of torchrun does) is counted with whom it descends from."""
    found: Dict[int, List[Tuple[int, int]]] = {}
    seen = {process: (parent, group, resident) for process, parent, group, resident in processes(proc)}
    for process, (_, _, resident) in seen.items():
        above = process
        while above in seen and seen[above][1] not in groups:
            above = seen[above][0]
        if above in seen:
            found.setdefault(seen[above][1], []).append((resident, process))
    return {group: total(members, proc) // MIB for group, members in found.items()}


def processes(proc):
    """(process, its parent, its group, resident bytes) of every process."""
    try:
        numbers = [name for name in os.listdir(proc) if name.isdigit()]
    except OSError:
        return
    for number in numbers:
        try:
            with open(f"{proc}/{number}/stat", "rb") as file:
                after_name = file.read().rpartition(b")")[2].split()
        except OSError:  # it has ended
            continue
        yield int(number), int(after_name[1]), int(after_name[2]), int(after_name[21]) * PAGE


def total(members, proc):
    members = sorted(members, reverse=True)
    return members[0][0] + sum(private(process, resident, proc) for resident, process in members[1:])


def private(process, resident, proc):
    """Bytes that only this process has; all that it has, where the kernel doesn't tell."""
    try:
        with open(f"{proc}/{process}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Private_"))
    except OSError:
        return resident
