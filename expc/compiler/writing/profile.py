"""A site in, `profiles/slurm/profile.yaml` out: how Snakemake submits there, and how often it looks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from expc.compiler.reading.site import FILE, Site

PREFIX = 50
"""Letters that the executor allows at the beginning of a job's name."""
HEAD = """\
# Written by expc compile from the site file {file}. Change that, not this one.
# `snakemake --workflow-profile workflow/profiles/slurm` uses it, and nothing else of workflow/profiles.
"""


def profile(site: Site, experiments: Sequence[str]) -> str:
    """Each setting with its reason; values are JSON, which is YAML for every reader."""
    lines = [HEAD.format(file=site.values["file"])]
    for name, value, reason in _settings(site, experiments):
        lines.append(f"# {reason}\n" if reason else "")
        lines.append(f"{name}: {value if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines).replace(": True\n", ": true\n")


def _settings(site: Site, experiments: Sequence[str]) -> list[tuple[str, Any, str]]:
    jobs = site.values["jobs"]
    return [
        ("executor", "slurm", ""),
        ("config", [f"site=workflow/{FILE}"], "The rules ask for what the site's partitions have."),
        ("jobs", jobs["most"], "At most so many jobs are in the queue at a time."),
        ("max-jobs-per-timespan", f"{jobs['submit']}/1s", "And so many are submitted."),
        ("local-cores", 1, "What runs where Snakemake was started: one thing at a time, on a machine that others use."),
        ("keep-going", True, "One job that fails doesn't stop the others."),
        ("retries", 3, "A job that was preempted, or whose node died, is submitted again; its trials go on."),
        ("scheduler", "greedy", "The scheduler that is the default takes longer than the jobs."),
        ("rerun-triggers", ["mtime", "params", "code"], "What a result depends on is in the names of the trials."),
        ("rerun-incomplete", True, "Trials' folders know what is done; so a start after a kill goes on by itself."),
        ("nolock", True, "Each trial has a lock of its own, which ends with its process."),
        ("latency-wait", 60, "Seconds until a file that another node wrote must be seen here."),
        ("show-failed-logs", True, ""),
        ("slurm-status-command", site.values["status"], "Named, since a guess hangs where no accounts are kept."),
        ("slurm-init-seconds-before-status-checks", jobs["check"], "Seconds until the first look at the jobs."),
        ("slurm-delete-logfiles-older-than", 0, "Else a start that ends removes the folders of another's logs."),
        (
            "slurm-jobname-prefix",
            _prefix(experiments),
            "In squeue: the experiment, in the name; the batch, in the comment.",
        ),
        ("default-resources", _defaults(site), "Of the jobs that prepare code and data."),
    ]


def _prefix(experiments: Sequence[str]) -> str:
    return (experiments[0] if len(experiments) == 1 else "expc")[:PREFIX]


def _defaults(site: Site) -> list[str]:
    """Of the first partition that takes every job: no GPUs if there is one, never one that preempts."""
    partition = min(site.partitions, key=lambda one: (one["preemptible"], bool(one["gpus"])))
    asked = {
        "slurm_partition": partition["name"],
        "slurm_account": partition.get("account") or site.values.get("account"),
        "qos": partition.get("qos") or site.values.get("qos"),
        "constraint": partition.get("constraint"),
    }
    words = [f"{name}={json.dumps(value)}" for name, value in asked.items() if value]
    return [*words, "mem_mb=2048", f"runtime={max(1, min(60, partition['time'] // 60))}"]
