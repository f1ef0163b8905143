"""Programs that fail in every way in, an outcome that says so of each out; what is retried, alone, runs again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

pytestmark = pytest.mark.slow

SCHEMA = Path(__file__).parents[2] / "schemas" / "outcome.schema.json"

# Does what `what` says, unless there is a file `mended` beside the project.
PROGRAM = """
import json, os, signal, sys, time
outside = os.path.join(os.environ["EXPC_TRIAL_DIR"], "../../../..")
given = dict(word.removeprefix("--").split("=", 1) for word in sys.argv[1:])
what = "fine" if os.path.exists(os.path.join(outside, "mended")) else given["what"]
with open(os.path.join(outside, "starts"), "a") as file:
    file.write(given["what"] + "\\n")
checkpoint = os.path.join(os.environ["EXPC_CHECKPOINT_DIR"], "parts")
parts = os.path.getsize(checkpoint) if os.path.exists(checkpoint) else 0
score = 0.5
if what == "long":
    time.sleep(60)
if what == "large":
    ballast = bytearray(300_000_000)
    time.sleep(60)
if what == "status":
    print("something else")
    sys.exit(3)
if what == "raises":
    raise ValueError("not today")
if what == "in-parts" and parts < 2:
    with open(checkpoint, "a") as file:
        file.write(".")
    sys.exit(85)
if what == "stuck":
    sys.exit(85)
if what == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "outside":
    score = 1.5
if what == "nan":
    score = float("nan")
with open("rows.json", "w") as file:
    json.dump({} if what == "silent" else {"score": score}, file)
"""
# status, kind and detail of the cause, statuses of the attempts
EXPECTED: dict[str, tuple[str, str | None, str, list[str]]] = {
    "fine": ("done", None, "", ["done"]),
    "long": ("failed", "time", "it took more than its 2 s", ["time"]),
    "large": ("failed", "memory", "more than its 100 MiB", ["memory"]),
    "status": ("failed", "code", "something else", ["failed"]),
    "raises": ("failed", "code", "ValueError: not today", ["failed"]),
    "in-parts": ("done", None, "", ["continue", "continue", "done"]),
    "stuck": ("failed", "code", "asked to go on (exit status 85) without a new checkpoint", ["failed"]),
    "killed": ("failed", "signal", "killed by SIGKILL, 4 times", ["signal"] * 4),
    "outside": ("done", None, "", ["done"]),  # a matter of who asks: the table leaves the value out
    "nan": ("done", None, "", ["done"]),
    "silent": ("failed", "metrics", "the program measured nothing: rows.json holds no metric", ["failed"]),
}
FAILED = [what for what, (status, *_) in EXPECTED.items() if status == "failed"]


def spec(name: str, levels: list[str], command: str = "python3 program.py {args}", **more: Any) -> str:
    return json.dumps(
        {
            "expc": 1,
            "name": name,
            "task": {"command": command, "code": {"include": ["program.py"]}, "results": {"file": "rows.json"}},
            "factors": {"what": levels},
            "metrics": {"score": {"goal": "maximize", "range": [0, 1]}},
            "baseline": {"what": levels[0]},
            "tables": {"main": {"rows": "what"}},
            **more,
        }
    )


def test_every_failure_is_an_outcome_and_only_failures_are_retried(place: Callable[[], Any]) -> None:
    project = place()
    limits = [
        {"when": {"what": "long"}, "resources": {"time": "2s"}},
        {"when": {"what": "large"}, "resources": {"memory": "100MiB"}},
    ]
    project.folder.joinpath("program.py").write_text(PROGRAM)
    project.folder.joinpath("ways.yaml").write_text(spec("ways", list(EXPECTED), overrides=limits))
    project.folder.joinpath("none.yaml").write_text(spec("none", ["fine"], command="no-such-program {args}"))
    project.run("expc", "compile", "ways.yaml", "none.yaml")
    project.run("snakemake")  # failures are data: it ends well
    assert "Nothing to be done" in project.run("snakemake", "-n")

    ways = {trial["condition"]["what"]: trial["id"] for trial in project.trials("ways")}
    assert {what: told(project, trial) for what, trial in ways.items()} == {
        what: (status, kind, attempts) for what, (status, kind, _, attempts) in EXPECTED.items()
    }
    outcomes = {what: project.outcome(trial) for what, trial in ways.items()}
    for what, (_, _, detail, attempts) in EXPECTED.items():
        assert outcomes[what]["attempts"] == len(attempts)
        assert detail in (outcomes[what]["cause"] or {"detail": ""})["detail"]
    (nothing,) = (project.outcome(trial["id"]) for trial in project.trials("none"))
    assert (nothing["status"], nothing["cause"]["kind"]) == ("failed", "start")
    assert "there is no program no-such-program" in nothing["cause"]["detail"]
    schema = Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=FormatChecker())
    for outcome in [*outcomes.values(), nothing]:
        schema.validate(outcome)
    assert outcomes["nan"]["metrics"] == {"test.score": None}
    assert counts(project) == {what: "1 of 1" if what in ("fine", "in-parts") else "0 of 1" for what in EXPECTED}

    said = project.run("expc", "retry")
    assert sum("runs again" in line for line in said.splitlines()) == len(FAILED) + 1
    project.folder.parent.joinpath("mended").touch()
    project.folder.parent.joinpath("starts").unlink()
    project.run("snakemake")
    starts = project.folder.parent.joinpath("starts").read_text().split()
    assert sorted(starts) == sorted(FAILED)
    assert {what: told(project, trial)[0] for what, trial in ways.items()} == dict.fromkeys(EXPECTED, "done")
    assert counts(project) == {what: "0 of 1" if what in ("nan", "outside") else "1 of 1" for what in EXPECTED}


def told(project: Any, trial: str) -> tuple[str, str | None, list[str]]:
    """The outcome's status and cause, and how the attempts ended."""
    outcome = project.outcome(trial)
    rows = project.rows("results", "trials", trial, "attempts.jsonl")
    kind = outcome["cause"] and outcome["cause"]["kind"]
    return outcome["status"], kind, [row["status"] for row in rows if "status" in row]


def counts(project: Any) -> dict[str, str]:
    """n of N of each row of the table, as its CSV has them."""
    import csv

    with project.folder.joinpath("results/ways/tables/main.csv").open(newline="") as file:
        return {row["factor.what"]: f"{row['n']} of {row['of']}" for row in csv.DictReader(file)}


def test_under_on_failure_stop_a_failure_fails_the_workflow_and_tables_can_be_built(place: Callable[[], Any]) -> None:
    project = place()
    project.folder.joinpath("program.py").write_text(PROGRAM)
    project.folder.joinpath("stop.yaml").write_text(spec("stop", ["fine", "status"], on_failure="stop"))
    project.run("expc", "compile", "stop.yaml")
    project.run("snakemake", status=1)
    assert not project.folder.joinpath("results/stop/tables/main.md").exists()
    statuses = {trial["condition"]["what"]: told(project, trial["id"])[0] for trial in project.trials("stop")}
    assert statuses == {"fine": "done", "status": "failed"}
    project.run("expc", "tables")
    table = project.folder.joinpath("results/stop/tables/main.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == [["fine", "0.5000"], ["status", "n=0/1"]]
    assert "1 of 2 trials failed: code: something else" in table
    project.run("expc", "retry")
    project.folder.parent.joinpath("mended").touch()
    project.run("snakemake")
    assert sorted(project.folder.parent.joinpath("starts").read_text().split()) == ["fine", "status", "status"]
