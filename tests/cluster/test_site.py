"""A site file and a real SLURM in: as many jobs as the site allows, each where it belongs, none that is refused."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPEC = """\
expc: 1
name: many
task: {{command: "python score.py {{args}}", code: {{path: ., include: [score.py]}}, results: {{file: metrics.json}}}}
factors: {{a: [1, 2, 3, 4]}}
seeds: {seeds}
metrics: {{gpus: {{goal: maximize}}, cpus: {{goal: maximize}}}}
baseline: {{a: 1}}
resources: {resources}
"""
SCORE = """\
import json, os

seen = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
json.dump({"gpus": len(seen), "cpus": int(os.environ["EXPC_CPUS"])}, open("metrics.json", "w"))
"""
SITE = """\
site: 1
name: testbed
partitions:
  main: {time: 1-00:00:00, cpus: 8, memory: 4000MB, gpus: {fake: 2}}
  preempt: {time: 1-00:00:00, cpus: 8, memory: 4000MB, preemptible: true}
"""
Made = Callable[..., Any]


@pytest.fixture
def many(project: Callable[..., Any], tmp_path: Path) -> Made:
    def make(cluster: Any, *, seeds: int, resources: str, site: str = SITE, jobs: str = "{most: 4, check: 1}") -> Any:
        source = tmp_path / "many"
        source.mkdir()
        (source / "spec.yaml").write_text(SPEC.format(seeds=seeds, resources=resources))
        (source / "score.py").write_text(SCORE)
        (source / "site.yaml").write_text(f"{site}jobs: {jobs}\n")
        return project(cluster, source)

    return make


def test_three_thousand_trials_of_an_hour_are_at_most_a_thousand_jobs(without_accounting: Any, many: Made) -> None:
    found = many(without_accounting, seeds=750, resources="{time: 1h}")
    found.expc("compile", "spec.yaml", "--site", "site.yaml")
    said = found.snakemake("-n", "--quiet", "rules")
    jobs = {
        words[0]: int(words[1]) for line in said.splitlines() if len(words := line.split()) == 2 and words[1].isdigit()
    }
    assert jobs["batch"] == 1000
    assert jobs["total"] <= 1004


def test_the_queue_holds_no_more_jobs_than_the_site_allows_and_each_names_its_trials(
    without_accounting: Any, many: Made
) -> None:
    found = many(without_accounting, seeds=6, resources="{time: 1m, memory: 200MB, trials_per_job: 3}")
    running = found.cluster.start(found.folder, "expc", "run", "spec.yaml", "--site", "site.yaml")
    most = 0
    while running.poll() is None:
        most = max(most, len(found.cluster.jobs()))
        time.sleep(0.3)
    assert running.returncode == 0, running.said.read_text()
    assert 2 <= most <= 4
    assert {row["status"] for row in found.results("many")} == {"done"}
    comments = {
        comment for comment, folder in found.cluster.jobs("--states=all", form="%k|%Z") if folder == str(found.folder)
    }
    plan = json.loads((found.folder / "workflow/experiments.json").read_text())["experiments"]["many"]["plan"]
    assert comments == {f"rule_batch_wildcards_many_{plan}_train_{n}_{n + 2}_0" for n in range(1, 24, 3)}
    logs = sorted((found.folder / f"results/many/batches/{plan}").glob("*.log"))
    assert len(logs) == 8
    assert all(re.match(r"job \d+ on \S+, until ", log.read_text()) for log in logs)


@pytest.mark.parametrize(
    ("resources", "partition", "gpus"),
    [
        ("{gpus: {type: fake}, cpus: 2, time: 1m}", "main", 1),
        ("{gpus: 2, cpus: 2, time: 1m, trials_at_once: 2}", "main", 2),
        ("{cpus: 2, time: 1m, preemptible: true}", "preempt", 0),
    ],
)
def test_a_job_goes_where_its_trials_have_what_they_need(
    resources: str, partition: str, gpus: int, without_accounting: Any, many: Made
) -> None:
    found = many(without_accounting, seeds=1, resources=resources)
    found.expc("run", "spec.yaml", "--site", "site.yaml")
    values = {(row["metric"], row["value"]) for row in found.results("many")}
    assert values == {("gpus", str(gpus)), ("cpus", "2")}
    jobs = found.cluster.jobs("--states=all", form="%P|%Z")
    assert {where for where, folder in jobs if folder == str(found.folder)} == {partition}


WRONG = [
    ("partitions: {mian: {time: 1h}}", "site.yaml:3:14: E511 the cluster has no partition 'mian'"),
    ("partitions: {short: {time: 1h}}", "site.yaml:3:28: E513 short: time is 1h here, and 1m on the cluster"),
    ("partitions: {main: {time: 1h, gpus: {a100: 1}}}", "site.yaml:3:44: E514 main: 1 GPU of type 'a100' here"),
    ("account: nobody\npartitions: {main: {time: 1h}}", "site.yaml:3:10: E515"),
]


@pytest.mark.parametrize(("lines", "words"), WRONG, ids=[words.split()[1] for _, words in WRONG])
def test_what_the_cluster_would_refuse_is_said_once_with_its_line_and_nothing_is_submitted(
    lines: str, words: str, with_accounting: Any, many: Made
) -> None:
    site = f"site: 1\nname: testbed\n{lines}\n"
    found = many(with_accounting, seeds=1, resources="{time: 1m}", site=site)
    said = found.expc("run", "spec.yaml", "--site", "site.yaml", status=1)
    assert words in said
    assert words in found.snakemake(status=1)
    assert words in found.expc("doctor", "--site", "site.yaml", status=1)
    jobs = found.cluster.jobs("--states=all", form="%k|%Z")
    assert [comment for comment, folder in jobs if folder == str(found.folder) and comment.startswith("rule_")] == []


def test_a_gpu_that_no_partition_has_is_said_at_the_spec_s_line(without_accounting: Any, many: Made) -> None:
    found = many(without_accounting, seeds=1, resources="{gpus: {type: h100}}")
    said = found.expc("run", "spec.yaml", "--site", "site.yaml", status=1)
    assert "spec.yaml:8:19: E501 no partition of testbed has GPUs of type 'h100'" in said


def test_a_site_that_is_as_its_file_says_passes_with_and_without_accounting(cluster: Any, many: Made) -> None:
    account = "account: research\nstatus: sacct\n" if cluster.accounting else ""
    found = many(cluster, seeds=1, resources="{time: 1m}", site=SITE + account)
    said = found.expc("doctor", "--site", "site.yaml")
    for partition in ("main", "preempt"):
        assert f"partition {partition}: a job reads and writes {found.folder}" in said
    found.expc("run", "spec.yaml", "--site", "site.yaml")
    assert {row["status"] for row in found.results("many")} == {"done"}
