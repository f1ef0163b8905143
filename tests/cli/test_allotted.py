"""A spec and a site in, what is said of the jobs that it would be out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.cli.allotted import allotted
from expc.compiler.build import build
from expc.compiler.site import load_site

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
