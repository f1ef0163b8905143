"""A spec and a site in, what is said of the jobs that it would be out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.cli.planning.allotted import allotted
from expc.compiler.build import build
from expc.compiler.reading.site import load_site

SPEC = """\
expc: 1
name: sorting
task: {command: "sort {args}"}
factors: {key: [1, 2]}
seeds: 5
metrics: {score: {goal: maximize}}
baseline: {key: 1}
"""
SITE = """\
site: 1
name: lab
partitions:
  main: {time: 1d, cpus: 8, memory: 8000MiB}
  gpu: {time: 2d, gpus: {a100: 4}, gpu_hour: 1.5}
jobs: {most: 5}
"""
FREELY = "    no `time` is stated, so that jobs ask for all that there is: those that ask for less start sooner"


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ("{}", ["  train: 5 jobs of 2 trials in main, each 1 CPU, 1300 MiB, 1-00:00:00", FREELY]),
        ("{time: 3m}", ["  train: 4 jobs of at most 3 trials in main, each 1 CPU, 1300 MiB, 12m"]),
        (
            "{time: 1m, cpus: 2, memory: 1GiB}",
            ["  train: 2 jobs of at most 9 trials in main, each 2 CPUs, 1324 MiB, 12m"],
        ),
        ("{time: 1m, trials_per_job: 5}", ["  train: 2 jobs of 5 trials in main, each 1 CPU, 1300 MiB, 8m"]),
        (
            "{time: 1h, gpus: 2, memory: 1GiB}",
            [
                "  train: 10 jobs of 1 trial in gpu, each 1 CPU, 1324 MiB, 2 GPUs, 1h5m",
                "    at most 20 GPU hours, which cost 30.00",
            ],
        ),
    ],
)
def test_a_class_of_trials_is_a_line(
    resources: str, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(f"{SPEC}resources: {resources}\n")
    Path("lab.yaml").write_text(SITE)
    site = load_site("lab.yaml", Path())
    experiments, _ = build(["spec.yaml"], Path(), site)
    assert list(allotted(experiments, site)) == lines


GPUS = "    they ask for no GPU, and go where there are some: "


@pytest.mark.parametrize(
    ("resources", "partitions", "why"),
    [
        ("{time: 1h}", "{gpu: {time: 2d, gpus: {a100: 4}}}", "each partition of lab has them"),
        (
            "{time: 1h, memory: 4GiB, cpus: 8}",
            "{a: {time: 1d, cpus: 4}, b: {time: 1d, memory: 3GiB}, c: {time: 1d, preemptible: true},"
            " gpu: {time: 2d, gpus: {a100: 4}}}",
            "c preempts, a lacks cpus, b lacks memory",
        ),
        (
            "{time: 1h, preemptible: true}",
            "{a: {time: 1d}, gpu: {time: 2d, gpus: {a100: 4}, preemptible: true}}",
            "it preempts, and they may be preempted",
        ),
    ],
)
def test_why_trials_without_gpus_go_where_there_are_some_is_said(
    resources: str, partitions: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(f"{SPEC}resources: {resources}\n")
    Path("lab.yaml").write_text(f"site: 1\nname: lab\npartitions: {partitions}\n")
    site = load_site("lab.yaml", Path())
    experiments, _ = build(["spec.yaml"], Path(), site)
    assert list(allotted(experiments, site))[1:] == [f"{GPUS}{why}"]


def test_trials_that_are_longer_than_any_job_are_told_as_chains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = SPEC.replace('"sort {args}"', '"sort {args}", resume: "--from {checkpoint}"')
    Path("spec.yaml").write_text(f"{own}resources: {{time: 5d}}\n")
    Path("lab.yaml").write_text(SITE)
    site = load_site("lab.yaml", Path())
    experiments, _ = build(["spec.yaml"], Path(), site)
    assert list(allotted(experiments, site)) == [
        "  train: 10 jobs of 1 trial in gpu, each 1 CPU, 2348 MiB, 2-00:00:00",
        "    each trial runs as a chain of 3 jobs or more, from checkpoint to checkpoint: it may take 5-00:00:00, and a"
        " job in gpu at most 2-00:00:00",
        f"{GPUS}main lacks time",
    ]


def test_trials_that_ask_for_more_are_another_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    more = "resources: {time: 1h}\noverrides: [{when: {key: 2}, resources: {gpus: 1, trials_per_job: 5}}]\n"
    Path("spec.yaml").write_text(SPEC + more)
    Path("lab.yaml").write_text(SITE)
    site = load_site("lab.yaml", Path())
    experiments, _ = build(["spec.yaml"], Path(), site)
    assert list(allotted(experiments, site)) == [
        "  train: 5 jobs of 1 trial in main, each 1 CPU, 1300 MiB, 1h5m",
        "  train: 1 job of 5 trials in gpu, each 1 CPU, 2348 MiB, 1 GPU, 5h17m",
        "    at most 5 GPU hours, which cost 7.50",
    ]
