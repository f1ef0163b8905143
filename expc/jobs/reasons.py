"""SLURM's word for why a job waits in, what it means and what to do out."""

from __future__ import annotations

import re

MEANS = {
    "Resources": "it is next, and waits for nodes that are busy",
    "Priority": "others are before it",
    "Dependency": "it waits for another job",
    "BeginTime": "it is put off for a while, as after a requeue",
    "Cleaning": "its last start is being cleaned up",
    "ReqNodeNotAvail": "nodes that it could run on are down or reserved",
    "Reservation": "it waits for its reservation",
    "Licenses": "it waits for a licence",
}
"""It starts by itself."""

NEVER = {
    "PartitionTimeLimit": "it asks for more time than the partition allows",
    "PartitionNodeLimit": "it asks for more nodes than the partition allows",
    "PartitionDown": "the partition is down",
    "PartitionInactive": "the partition is closed",
    "BadConstraints": "no node of the partition has what it asks for",
    "InvalidAccount": "the account is wrong",
    "InvalidQOS": "the QOS is wrong",
    "DependencyNeverSatisfied": "what it waits for has failed",
    "JobHeldUser": "it is held: `scontrol release` lets it go",
    "JobHeldAdmin": "an administrator holds it: ask them",
    "JobLaunchFailure": "it could not be started, and is held",
    "launch failed requeued held": "it could not be started, and is held: `scontrol release` tries again",
}
"""Somebody has to do something."""

LIMITS = re.compile(r"(QOS|Assoc)(Grp|Max)(.*)")


def meaning(reason: str) -> str:
    """In words; empty if there are none for it."""
    if found := LIMITS.fullmatch(reason):
        whose = "the QOS" if found.group(1) == "QOS" else "the account"
        what = "is used up together with others' jobs" if found.group(2) == "Grp" else "is reached"
        return f"a limit of {whose} {what}"
    name = reason.partition(",")[0]
    return MEANS.get(name) or NEVER.get(name, "")


def stuck(reason: str) -> bool:
    """Whether a job that waits for this does not start by itself."""
    return reason.partition(",")[0] in NEVER or reason.endswith(("MaxWallDurationPerJobLimit", "MaxJobsPerUserZero"))
