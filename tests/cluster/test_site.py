"""A site file and a real SLURM in: as many jobs as the site allows, each where it belongs, none that is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
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
    found = many(without_accounting, seeds=60, resources="{time: 1m, memory: 200MB, trials_per_job: 30}")
    running = found.cluster.start(found.folder, "expc", "run", "spec.yaml", "--site", "site.yaml")
    most = 0
    while running.poll() is None:
        most = max(most, len(found.cluster.jobs()))
        time.sleep(0.3)
    assert running.returncode == 0, running.said.read_text()
    assert 2 <= most <= 4
    assert [row["status"] for row in found.results("many")] == ["done"] * 240 * 2
    comments = {
        comment for comment, folder in found.cluster.jobs("--states=all", form="%k|%Z") if folder == str(found.folder)
    }
    plan = json.loads((found.folder / "workflow/experiments.json").read_text())["experiments"]["many"]["plan"]
    assert comments == {f"rule_batch_wildcards_many_{plan}_train_{n}_{n + 29}_0" for n in range(1, 240, 30)}
    logs = sorted((found.folder / f"results/many/batches/{plan}").glob("*.log"))
    assert len(logs) == 8
    assert all(re.match(r"job \d+ on \S+, until ", log.read_text()) for log in logs)


KINDS = """\
expc: 1
name: kinds
task: {command: "python score.py {args}", code: {path: ., include: [score.py]}, results: {file: metrics.json}}
factors: {kind: [typed, shared, alone, spare]}
seeds: 2
metrics: {gpus: {goal: maximize}, cpus: {goal: maximize}}
baseline: {kind: alone}
resources: {cpus: 2, time: 5m, memory: 200MB}
overrides:
  - {when: {kind: typed}, resources: {gpus: {type: fake}}}
  - {when: {kind: shared}, resources: {gpus: 1, trials_at_once: 2}}
  - {when: {kind: alone}, resources: {exclusive: true}}
  - {when: {kind: spare}, resources: {preemptible: true}}
"""
# Two that share a GPU wait for each other: one after the other, they would come to no end.
MEETING = """
import pathlib, sys, time

if "--kind=shared" in sys.argv:
    met = pathlib.Path(os.environ["EXPC_TRIAL_DIR"]).parents[3] / "met"
    met.mkdir(exist_ok=True)
    (met / sys.argv[-1]).write_text(os.environ["CUDA_VISIBLE_DEVICES"])
    while len(list(met.iterdir())) < 2:
        time.sleep(0.1)
"""


def test_a_job_goes_where_its_trials_have_what_they_need_and_two_share_a_gpu(
    cluster: Any, project: Callable[..., Any], tmp_path: Path
) -> None:
    source = tmp_path / "kinds"
    source.mkdir()
    (source / "spec.yaml").write_text(KINDS)
    (source / "score.py").write_text(SCORE + MEETING)
    found = project(cluster, source)
    found.compile(cluster.site().replace("target: 1m", "target: 1h").replace("shortest: 1s", "shortest: 1h"))
    found.snakemake()
    values = {(row["factor.kind"], row["metric"], row["value"]) for row in found.results("kinds")}
    gpus = {"typed": "1", "shared": "1", "alone": "0", "spare": "0"}
    assert values == {(kind, *of) for kind, has in gpus.items() for of in (("gpus", has), ("cpus", "2"))}
    carried = {
        trial["condition"]["kind"]: found.outcome(trial["id"])["hardware"]["job"] for trial in found.trials("kinds")
    }
    jobs = {job: rest for job, *rest in cluster.jobs("--states=all", form="%i|%P|%C|%h")}
    assert {kind: jobs[job] for kind, job in carried.items()} == {
        "typed": ["main", "2", "OK"], "shared": ["main", "4", "OK"],
        "alone": ["main", "8", "NO"], "spare": ["preempt", "2", "OK"],
    }  # fmt: skip
    devices = [path.read_text() for path in (found.folder.parent / "met").iterdir()]
    assert (len(devices), len(set(devices)), "," in devices[0]) == (2, 1, False)


WRONG = """\
site: 1
name: testbed
account: nobody
partitions:
  mian: {time: 1h}
  short: {time: 1h}
  main: {time: 1h, constraint: ib, gpus: {a100: 1}}
"""


def test_what_the_cluster_would_refuse_is_said_once_with_its_line_and_nothing_is_submitted(
    cluster: Any, many: Made
) -> None:
    found = many(cluster, seeds=1, resources="{time: 1m}", site=WRONG)
    account = "you may not use the account" if cluster.accounting else "account 'nobody', and this cluster keeps no"
    expected = [
        f"site.yaml:3:10: E515 {account}",
        "site.yaml:5:3: E511 the cluster has no partition 'mian'",
        "site.yaml:6:17: E513 short: time is 1h here, and 1m on the cluster",
        "site.yaml:7:32: E518 main: no node has the feature 'ib'",
        "site.yaml:7:49: E514 main: 1 GPU of type 'a100' here",
    ]
    run, doctor = ["expc", "run", "spec.yaml", "--site", "site.yaml"], ["expc", "doctor", "--site", "site.yaml"]
    snakemake = found.through_slurm(())
    found.expc("compile", "spec.yaml", "--site", "site.yaml")  # which doesn't ask the cluster
    for words in (run, snakemake, doctor):
        said = cluster.run(found.folder, *words, status=1)
        assert [said.count(line) for line in expected] == [1] * 5, said
    jobs = cluster.jobs("--states=all", form="%k|%Z")
    assert [comment for comment, folder in jobs if folder == str(found.folder) and comment.startswith("rule_")] == []


REFUSING = """\
#!/bin/sh
cd "$(dirname "$0")"
if mkdir refused 2>/dev/null; then
    echo 'sbatch: error: Batch job submission failed: Invalid qos specification' >&2
    exit 1
fi
while [ -e hold ]; do sleep 0.1; done
cd "$OLDPWD" && exec /usr/bin/sbatch "$@"
"""


def test_why_slurm_takes_no_job_is_said_at_once_while_it_is_tried_again(
    without_accounting: Any, many: Made, wait_until: Callable[..., Any], tmp_path: Path
) -> None:
    found = many(without_accounting, seeds=1, resources="{time: 1m}")
    programs = tmp_path / "refusing"
    programs.mkdir()
    (programs / "sbatch").write_text(REFUSING)
    (programs / "sbatch").chmod(0o755)
    (programs / "hold").touch()
    words = ("expc", "run", "spec.yaml", "--site", "site.yaml")
    running = found.cluster.start(found.folder, *words, FIRST=str(programs))
    why = "SLURM refuses jobs:\n    sbatch: error: Batch job submission failed: Invalid qos specification\n"
    wait_until(lambda: why in running.said.read_text(), "the reason is said")
    assert running.poll() is None
    (programs / "hold").unlink()
    without_accounting.finish(running)
    assert {row["status"] for row in found.results("many")} == {"done"}
    assert running.said.read_text().count(why) == 1


def test_what_no_partition_gives_and_a_missing_image_are_said_at_the_spec_s_lines_and_nothing_is_submitted(
    cluster: Any, many: Made
) -> None:
    found = many(cluster, seeds=1, resources="{gpus: {type: h100}, time: 2-00:00:00}\nenvironment: {container: no.sif}")
    said = found.expc("run", "spec.yaml", "--site", "site.yaml", status=1)
    for line in (
        "spec.yaml:8:19: E501 no partition of testbed has GPUs of type 'h100'",
        "spec.yaml:9:26: E401 there is no file 'no.sif'",
    ):
        assert said.count(line) == 1, said
    spec = found.folder / "spec.yaml"
    spec.write_text(spec.read_text().replace("gpus: {type: h100}, ", ""))
    said = found.expc("run", "spec.yaml", "--site", "site.yaml", status=1)
    assert said.count("spec.yaml:8:19: E502 a job of these trials needs 2-00:00:00, and no partition of testbed") == 1
    assert [job for job, folder in cluster.jobs("--states=all", form="%i|%Z") if folder == str(found.folder)] == []


def test_a_site_that_is_as_its_file_says_passes_with_and_without_accounting(cluster: Any, many: Made) -> None:
    account = "account: research\nstatus: sacct\n" if cluster.accounting else ""
    found = many(cluster, seeds=1, resources="{time: 1m}", site=SITE + account)
    said = found.expc("doctor", "--site", "site.yaml")
    for partition in ("main", "preempt"):
        assert f"partition {partition}: a job reads and writes {found.folder}" in said
    found.expc("run", "spec.yaml", "--site", "site.yaml")
    assert {row["status"] for row in found.results("many")} == {"done"}


NEAR = """\
expc: 1
name: near
task: image-classification
data: {digits: {source: sklearn, stage: node}}
factors: {lr: [0.1, 0.01]}
params: {model: mlp, epochs: 1}
seeds: 1
metrics: [accuracy]
baseline: {lr: 0.1}
resources: {time: 5m, memory: 700MB}
"""


def test_data_are_copied_once_a_job_to_the_nodes_own_disk(
    without_accounting: Any, project: Callable[..., Any], tmp_path: Path
) -> None:
    source, disk = tmp_path / "near", Path("/dev/shm") / f"expc-{tmp_path.parent.name}-{os.getpid()}"
    source.mkdir()
    (source / "spec.yaml").write_text(NEAR)
    found = project(without_accounting, source)
    politely = without_accounting.site().replace("target: 1m", "target: 1h").replace("shortest: 1s", "shortest: 1h")
    site = found.site(f"{politely}node_storage: {disk}/$SLURM_JOB_ID\n")
    try:
        said = found.expc("doctor", "--site", str(site))
        assert re.search(rf"ok       partition main: \d+ GiB free in {disk}/\d+, for what is temporary", said), said
        found.expc("run", "spec.yaml", "--site", str(site))
    finally:
        shutil.rmtree(disk)
    assert [row["status"] for row in found.results("near")] == ["done"] * 2
    (log,) = found.folder.glob("results/near/batches/*/*.log")
    assert len(re.findall(r"the data digits were copied to this machine in", log.read_text())) == 1
