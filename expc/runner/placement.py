"""A site and a trial in, where its job goes and what it asks for out.

A site is what `workflow/site.json` holds: the compiler has checked it. `need` is a trial's line of the plan."""

import math

from .forms import SITE
from .written import read

AGAIN = "run `expc compile` with `--site` and the cluster's file, or with `--no-site`: no result is lost"

STARTS = 300  # MiB that a job needs beyond its trials: Snakemake starts in it twice
MARGIN = 120  # seconds that a job asks for beyond its trials: the same starts, and what is read and written
SLACK = 1.05  # and a part of what the trials take: writing down how they ended, evaluations
UNSTATED = 2048  # MiB for each CPU, where neither the trial nor the site says anything of memory

ASKED = (
    *("slurm_partition", "slurm_account", "qos", "constraint", "runtime", "mem_mb", "cpus_per_task", "nodes", "mpi"),
    *("tasks", "gpu", "gpu_model", "slurm_extra"),
)
"""All that a job may ask for."""


def stated(path):
    """The site of a workflow."""
    return read(path, AGAIN, SITE)


def gpus(need):
    """How many GPUs of one node a trial has."""
    return need.get("gpus", 0)


def lacks(partition, need):
    """What a partition doesn't have of what a trial needs, by the names of `resources`; empty if the trial fits."""
    return [name for name, has in OFFERS.items() if not has(partition, need)]


def has_gpus(partition, need):
    """Of the type that is asked for; of one type, whichever."""
    if not gpus(need):
        return True
    found = partition["gpus"]
    of_type = [found.get(need["gpu"], 0)] if "gpu" in need else list(found.values())
    return max(of_type, default=0) >= gpus(need)


# A CPU or a MiB that the site file doesn't speak of is not checked.
OFFERS = {
    "gpus": has_gpus,
    "nodes": lambda partition, need: partition["nodes"] >= need.get("nodes", 1),
    "cpus": lambda partition, need: partition.get("cpus", math.inf) >= need["cpus"] * need.get("at_once", 1),
    "memory": lambda partition, need: (
        not need["memory"] or partition.get("memory", math.inf) >= need["memory"] * need.get("at_once", 1) + STARTS
    ),
    "time": lambda partition, need: not need["time"] or partition["time"] >= need["time"],
}


def placed(site, need):
    """The partition that a trial goes to, None if it fits nowhere.

    In the site's order; a trial that may be preempted to where that happens first, one without GPUs to where there
    are some last. Of a trial that fits nowhere for its time alone, the partition that gives it the most: it is a chain
    of jobs."""
    open_to = [one for one in site["partitions"] if need.get("preemptible") or not one["preemptible"]]
    missing = [(one, lacks(one, need)) for one in open_to]
    fitting = [one for one, lack in missing if not lack]
    if fitting:
        return min(fitting, key=lambda one: (not one["preemptible"], bool(one["gpus"]) and not gpus(need)))
    longest = [one for one, lack in missing if lack == ["time"]]
    return max(longest, key=lambda one: one["time"], default=None)


def at_once(need, trials):
    """How many of its trials a job runs at a time. One that has its node for itself has nothing beside it."""
    return 1 if need.get("exclusive") else max(1, min(need.get("at_once", 1), trials))


def memory(partition, need, sharing):
    """MiB of one of the trials that share a job: as it says, or else its CPUs' share of the node; and not so much that
    the node doesn't hold them all."""
    if need["memory"]:
        return need["memory"]
    if "memory" not in partition:
        return UNSTATED * need["cpus"]
    held = (partition["memory"] - STARTS) // sharing
    share = partition["memory"] * need["cpus"] // partition["cpus"] if "cpus" in partition else UNSTATED * need["cpus"]
    return max(1, min(share, held))


def seconds(partition, need, trials):
    """What a job asks for: the time of its trials, one lot after the other, and a margin; the partition's, at most."""
    if not need["time"]:
        return partition["time"]
    lots = math.ceil(trials / at_once(need, trials))
    return min(partition["time"], math.ceil(need["time"] * lots * SLACK) + MARGIN)


def job(site, need, trials):
    """What a job that carries so many trials of this class asks for, in the words of Snakemake's SLURM executor."""
    partition = placed(site, need)
    if partition is None:
        return None
    sharing = at_once(need, trials)
    asked = {
        "slurm_partition": partition["name"],
        "slurm_account": partition.get("account") or site.get("account"),
        "qos": partition.get("qos") or site.get("qos"),
        "constraint": partition.get("constraint"),
        "runtime": math.ceil(seconds(partition, need, trials) / 60),
        "mem_mb": sharing * memory(partition, need, sharing) + STARTS,
        "cpus_per_task": sharing * need["cpus"],
        **accelerators(need),
    }
    return {name: value for name, value in asked.items() if value}


def accelerators(need):
    """GPUs, and nodes if there are several. The executor takes only plain names of GPUs, and counts those of all nodes
    together: what it doesn't take goes to sbatch as it is."""
    nodes = need.get("nodes", 1)
    asked = {"nodes": nodes, "mpi": "srun", "tasks": nodes} if nodes > 1 else {}
    extra = ["--exclusive"] if need.get("exclusive") else []
    if gpus(need):
        kind = need.get("gpu", "")
        if nodes == 1 and "-" not in kind:
            asked.update(gpu=gpus(need), gpu_model=kind)
        else:
            extra.append("--gpus-per-node=" + (kind + ":" if kind else "") + str(gpus(need)))
    return {**asked, **({"slurm_extra": " ".join(extra)} if extra else {})}
