"""A trial of a bundled template in, the same bytes out: however it is packed, started and interrupted."""

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SST2 = ROOT.parent / "shared" / "data"
TRIALS = 16
LINE = 7  # the trial that is also run alone

DIGITS = {
    "task": "image-classification",
    "data": {"digits": {"source": "sklearn", "labels": [0, 1, 2, 3]}},
    "params": {"model": "cnn", "channels": [4, 8], "epochs": 8, "dropout": 0.3},
}
SENTENCES = {
    "task": "text-classification",
    "data": {
        "sst2": {
            "source": "csv", "train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv",
            "columns": {"text": 0, "label": 1},
        },
    },
    "params": {"encoder": "cnn", "filters": 16, "embedding": 24, "epochs": 8, "dropout": 0.5, "min_frequency": 1},
}  # fmt: skip


@pytest.mark.parametrize("task", [DIGITS, SENTENCES], ids=["digits", "sst2"])
def test_a_trial_has_the_same_numbers_however_it_is_run(task: dict[str, Any], place: Callable[[], Any]) -> None:
    project = place()
    if task is SENTENCES:
        copy_sentences(project.folder)
    by_sixteen = packed(project, task, TRIALS)
    assert len(set(by_sixteen.values())) == TRIALS  # seeds matter
    by_four = packed(project, task, 4)
    assert by_four == by_sixteen
    observed = project.trials("same")[LINE - 1]["id"]
    found = {way.__name__: alone(project, observed, way) for way in (warm, as_a_process, killed, stopped)}
    assert found == dict.fromkeys(found, by_sixteen[observed])


def copy_sentences(folder: Path) -> None:
    """Some hundred lines of each part of SST-2."""
    for part, lines in (("train", 400), ("dev", 60), ("test", 100)):
        source = SST2 / f"sst2_{part}.tsv"
        if not source.is_file():
            pytest.skip(f"SST-2 isn't there: {os.path.relpath(source, ROOT)}")
        with source.open(encoding="utf-8") as file:
            text = "".join(itertools.islice(file, lines))
        (folder / f"{part}.tsv").write_text(text, encoding="utf-8")


def packed(project: Any, task: dict[str, Any], size: int) -> dict[str, Any]:
    """What all trials measure from scratch, so many in a job, through Snakemake."""
    shutil.rmtree(project.folder / "results" / "trials", ignore_errors=True)
    spec = {"expc": 1, "name": "same", "seeds": TRIALS, "metrics": ["accuracy", "loss"], **task}
    spec["resources"] = {"trials_per_job": size}
    (project.folder / "spec.yaml").write_text(json.dumps(spec))
    project.run("expc", "compile", "spec.yaml")
    before = len(jobs(project))
    project.run("snakemake")
    assert len(jobs(project)) - before == TRIALS // size
    return {trial["id"]: measured(project, trial["id"]) for trial in project.trials("same")}


def jobs(project: Any) -> list[Path]:
    return list(project.folder.glob("results/same/batches/*/*.done"))


def measured(project: Any, trial: str) -> tuple[bytes, str]:
    assert project.outcome(trial)["status"] == "done"
    metrics, evaluations = project.measured(trial)
    assert evaluations
    return metrics, json.dumps(evaluations, sort_keys=True)


def alone(project: Any, trial: str, way: Callable[[Any, str], list[str]]) -> tuple[bytes, str]:
    """What the trial measures from scratch, in a batch of one; `way` returns how its attempts should have ended."""
    for _ in range(20):
        shutil.rmtree(project.of(trial))
        expected = way(project, trial)
        rows = project.rows("results", "trials", trial, "attempts.jsonl")
        found = [row["status"] for row in rows if "status" in row]
        if found != ["done"] or expected == ["done"]:  # else it was over before it could be interrupted: once more
            break
    assert found == expected
    assert ("going on after epoch " in project.of(trial, "log.txt").read_text()) == (expected != ["done"])
    return measured(project, trial)


def warm(project: Any, trial: str) -> list[str]:
    assert start(project).wait(300) == 0
    return ["done"]


def as_a_process(project: Any, trial: str) -> list[str]:
    assert start(project, "--cold").wait(300) == 0
    return ["done"]


def killed(project: Any, trial: str) -> list[str]:
    """The trial alone is killed; the runner starts it again."""
    running = start(project)
    past_its_first_epoch(project, trial)
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(running.pid).children():
            if trial in child.cwd():
                child.kill()
    assert running.wait(300) == 0
    return ["signal", "done"]


def stopped(project: Any, trial: str) -> list[str]:
    """The runner is asked to stop, with the trial; the next start, with processes of their own, goes on."""
    running = start(project)
    past_its_first_epoch(project, trial)
    running.send_signal(signal.SIGTERM)
    assert running.wait(300) in (0, 128 + signal.SIGTERM)
    assert start(project, "--cold").wait(300) == 0
    return ["stopped", "done"]


def start(project: Any, *options: str) -> subprocess.Popen[str]:
    running: subprocess.Popen[str] = project.runner("same", "train", LINE, LINE, *options)
    return running


def past_its_first_epoch(project: Any, trial: str) -> None:
    """Something is measured, and there is something to go on from."""
    end = time.monotonic() + 300
    while not (project.of(trial, "checkpoints", "resume.pt").exists() and project.of(trial, "metrics.jsonl").exists()):
        assert time.monotonic() < end, "it never got that far"
        time.sleep(0.002)
