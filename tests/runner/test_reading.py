"""What patterns find in a program's output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from expc.runner import batches, container, devices, granted, outcome, placement
from expc.runner.reading import SCRIPT
from expc.runner.retry import retry

from .conftest import RUNNER

JOBS = {"most": 100, "submit": 5, "target": 2700, "shortest": 600, "check": 20}
STAGE = {
    "task": None,
    "metrics": [{"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "auto"}],
    "evaluated": False,
}
READING = "c0ffee"


def asked(project, names, patterns, reading=READING):
    """The plan that looks for these patterns in the logs of these trials."""
    read = {"checkpoints": [], "data": None, "evaluate": [[reading, "", "", "log"]]}
    project.plan(
        *(project.trial(name, variant=name, **read) for name in names),
        stages={"train": {**STAGE, "patterns": patterns}},
    )


def started(project, commands, patterns):
    """A trial for each command, by name; run."""
    for name, command in commands.items():
        told = {"command": ["sh", "-c", command.replace("{", "{{").replace("}", "}}")], "results": None}
        project.variant(name, {"x": ""}, **told)
    asked(project, commands, patterns)
    assert project.run()[0] == 0


def reading(project, name, identity=READING):
    found = json.loads(project.of(name, "evaluations", f"{identity}.json").read_text())
    return found["status"], found["metrics"], found["cause"]


def rows(project, name, identity=READING):
    found = map(json.loads, project.of(name, "evaluations", f"{identity}.jsonl").read_text().splitlines())
    return [(row["split"], row["name"], row["step"], row["value"]) for row in found]


PATTERNS = {
    "accuracy": r"acc=(\S+)",
    "validation.loss": r"epoch (?P<step>\d+): loss (?P<value>[-+.\de]+|nan)",
}
PRINTS = {
    "once": "echo acc=0.5",
    "several": "echo acc=0.5; echo acc=0.25 acc=1",
    "steps": "echo epoch 3: loss 1e-3; echo epoch 1: loss nan; echo epoch 3: loss 2; echo acc=1 >&2",
    "colours": r"printf '\033[1macc=\033[32m0.5\033[0m\n'",
    "progress": r"printf 'x acc=0.1\rx acc=0.2\r\n\377\376 acc=0.3'",
}


def test_one_match_is_final_and_several_are_steps(project):
    started(project, PRINTS, PATTERNS)
    assert {name: rows(project, name) for name in PRINTS} == {
        "once": [("test", "accuracy", None, 0.5)],
        "several": [("test", "accuracy", 1, 0.5), ("test", "accuracy", 2, 0.25), ("test", "accuracy", 3, 1)],
        "steps": [
            ("test", "accuracy", None, 1),
            ("validation", "loss", 3, 2),
            ("validation", "loss", 1, None),
        ],
        "colours": [("test", "accuracy", None, 0.5)],
        "progress": [("test", "accuracy", 1, 0.1), ("test", "accuracy", 2, 0.2), ("test", "accuracy", 3, 0.3)],
    }
    assert not project.of("once", "printed.json").exists()
    assert reading(project, "steps") == ("done", {"test.accuracy": 1, "validation.loss": 2}, None)
    assert project.outcome("several")["metrics"] == {}
    assert not project.of("several", "metrics.jsonl").exists()


FAILS = {
    "mute": ("true", "the program measured nothing: no line of log.txt fits the pattern of accuracy"),
    "words": (
        "echo acc=good",
        "the program measured nothing: "
        "the pattern of accuracy fits 'acc=good', in which its value, 'good', is no number",
    ),
    "fails": ("echo acc=0.5; exit 3", "acc=0.5"),
}


def test_a_program_that_prints_no_number_has_failed_and_says_why(project):
    started(project, {name: command for name, (command, _) in FAILS.items()}, {"accuracy": r"acc=(\S+)"})
    found = {name: project.outcome(name)["cause"] for name in FAILS}
    kinds = {"mute": "metrics", "words": "metrics", "fails": "code"}
    assert found == {name: {"kind": kinds[name], "detail": detail} for name, (_, detail) in FAILS.items()}
    assert rows(project, "fails") == [("test", "accuracy", None, 0.5)]


GOES_ON = """
if [ -e "$EXPC_CHECKPOINT_DIR/c" ]; then echo acc=0.3; exit 0; fi
echo acc=0.1
if [ ! -e "$EXPC_TRIAL_DIR/again" ]; then touch "$EXPC_TRIAL_DIR/again"; kill -9 $$; fi
touch "$EXPC_CHECKPOINT_DIR/c"; echo acc=0.2; exit 85
"""


def test_what_is_printed_counts_from_the_last_start_at_the_beginning(project):
    started(project, {"t1": GOES_ON}, {"accuracy": "acc=([0-9.]+)"})
    assert project.attempts("t1") == ["signal", "continue", "done"]
    assert project.of("t1", "log.txt").read_text() == "acc=0.1\nacc=0.1\nacc=0.2\nacc=0.3\n"
    assert rows(project, "t1") == [("test", "accuracy", step, step / 10) for step in (1, 2, 3)]


def test_patterns_have_their_time_from_when_there_is_a_core_for_them(project, eventually):
    project.altered()
    commands = {
        "first": "echo acc=0.5",
        "long": "touch ../../../../began; while [ ! -e ../../../../go ]; do sleep 0.02; done; echo acc=1",
    }
    for name, command in commands.items():
        project.variant(name, {"x": ""}, command=["sh", "-c", command], results=None)
    asked(project, commands, PATTERNS)
    running = project.start("train", "--cores", "1")
    eventually((project.folder / "began").exists)
    project.later(10_000)  # as long as the second trial takes, the first one's log waits to be looked through
    project.go()
    running.communicate(timeout=120)
    assert {name: rows(project, name) for name in commands} == {
        "first": [("test", "accuracy", None, 0.5)],
        "long": [("test", "accuracy", None, 1)],
    }


COUNTED = "echo run >> {}; "
LATER = {
    "prints": "echo acc=0.5; echo f1=0.25",
    "silent": "echo f1=0.75",
    "broken": "echo f1=0.1; exit 3",
    "writes": """echo '{"name": "accuracy", "value": 1}' > "$EXPC_TRIAL_DIR/metrics.jsonl"; echo nothing""",
}


def test_a_pattern_that_comes_later_reads_logs_and_starts_no_program(project):
    count = project.folder / "runs.txt"
    started(
        project, {name: COUNTED.format(count) + command for name, command in LATER.items()}, {"accuracy": "acc=(.*)"}
    )
    before = {name: project.outcome(name) for name in LATER}
    assert {name: found["status"] for name, found in before.items()} == {
        "prints": "done", "silent": "failed", "broken": "failed", "writes": "done",
    }  # fmt: skip
    assert before["silent"]["cause"]["kind"] == "metrics"

    asked(project, LATER, {"f1": "f1=(.*)"}, "later")
    status, said = project.run("read-logs")
    assert status == 0
    after = {name: project.outcome(name) for name in LATER}
    assert after == {**before, "silent": {**before["silent"], "status": "done", "cause": None}}
    assert {name: rows(project, name, "later") for name in ("prints", "silent")} == {
        "prints": [("test", "f1", None, 0.25)],
        "silent": [("test", "f1", None, 0.75)],
    }
    assert reading(project, "writes", "later") == ("done", {}, None)
    assert not project.of("broken", "evaluations", "later.json").exists()
    assert "log read: silent" in said
    assert project.run("read-logs")[1].count("log read") == 0

    asked(project, LATER, {"accuracy": "acc=(.*)"})
    assert project.run("read-logs")[1].count("log read") == 0  # both are kept: specs share trials
    assert count.read_text() == "run\n" * len(LATER)


def test_killed_between_a_new_judgement_and_the_numbers_it_is_read_once_more(project, monkeypatch):
    started(project, {"t1": "echo f1=0.75"}, {"accuracy": "acc=(.*)"})
    asked(project, ["t1"], {"f1": "f1=(.*)"}, "later")
    project.altered()
    keeping = project.runner / "reading.py"
    keeping.write_text(keeping.read_text().replace("def keep(", "def keep(*_):\n    os.kill(0, 9)\n\n\ndef kept("))
    assert project.run("read-logs", start_new_session=True)[0] == -9
    monkeypatch.chdir(project.folder)
    assert outcome.survey(outcome.planned("plan.jsonl")) == [("read-logs", "done")]
    project.runner = RUNNER
    assert project.run("read-logs")[0] == 0
    assert rows(project, "t1", "later") == [("test", "f1", None, 0.75)]


def test_a_trial_that_runs_again_is_read_again(project):
    started(project, {"t1": "echo acc=0.5"}, PATTERNS)
    asked(project, ["t1"], {"accuracy": "c=(.*)"}, "other")
    assert project.run("read-logs")[0] == 0
    project.of("t1", "outcome.json").unlink()
    assert project.run()[0] == 0
    assert {path.stem for path in project.of("t1", "evaluations").iterdir()} == {"other"}
    assert rows(project, "t1", "other") == [("test", "accuracy", None, 0.5)]


GOES_ON_LATER = """
if [ -e "$EXPC_CHECKPOINT_DIR/c" ]; then echo acc=0.9; exit 0; fi
echo acc=0.1; touch "$EXPC_CHECKPOINT_DIR/c"; kill -9 $$
"""


def test_what_was_read_of_half_a_run_is_not_the_whole_ones(project, monkeypatch):
    project.altered(RESTARTS=0)
    project.variant("t1", {"x": ""}, command=["sh", "-c", GOES_ON_LATER], results=None, resume=[])
    asked(project, ["t1"], {"accuracy": "acc=(.*)"}, "first")
    project.run()
    assert project.outcome("t1")["cause"]["kind"] == "signal"
    assert rows(project, "t1", "first") == [("test", "accuracy", None, 0.1)]
    monkeypatch.chdir(project.folder)
    retry("t1")
    asked(project, ["t1"], {"score": "acc=(.*)"}, "second")
    assert project.run()[0] == 0
    asked(project, ["t1"], {"accuracy": "acc=(.*)"}, "first")
    assert project.run("read-logs")[0] == 0
    assert rows(project, "t1", "first") == [("test", "accuracy", 1, 0.1), ("test", "accuracy", 2, 0.9)]


def broken_printed(project, line):
    """The process that looks through logs does this first."""
    project.altered()
    script = project.runner / "printed.py"
    script.write_text(script.read_text().replace("def main():", f"def main():\n    {line}"))


def test_a_reader_that_was_killed_says_nothing_of_a_trial(project, monkeypatch):
    started(project, {"t1": "echo acc=1; echo f1=0.5", "t2": "echo f1=0.75"}, {"accuracy": "acc=(.*)"})
    before = project.outcome("t2")
    asked(project, ["t1", "t2"], {"f1": "f1=(.*)"}, "later")
    broken_printed(project, "os.kill(os.getpid(), 9)")
    assert project.run("read-logs")[0] == 1
    assert project.outcome("t2") == before
    project.runner = RUNNER
    assert project.run("read-logs")[0] == 0
    assert rows(project, "t2", "later") == [("test", "f1", None, 0.75)]
    assert project.outcome("t2")["status"] == "done"


def test_asked_to_end_while_the_log_is_read_a_finished_program_does_not_start_again(project, eventually):
    count = project.folder / "runs.txt"
    project.variant("t1", {"x": ""}, command=["sh", "-c", f"echo run >> {count}; echo acc=0.5"], results=None)
    asked(project, ["t1"], {"accuracy": "acc=(.*)"})
    broken_printed(project, "open('../../../reading', 'w'); signal.pause()")
    running = project.start()
    eventually((project.folder / "reading").exists)
    running.terminate()
    running.communicate(timeout=120)
    assert project.outcome("t1")["cause"]["detail"] == "the program measured nothing: its log is not yet read"
    project.runner = RUNNER
    assert project.run("read-logs")[0] == 0
    assert (count.read_text(), project.outcome("t1")["status"]) == ("run\n", "done")


def test_what_is_judged_again_in_vain_says_why_and_stops_what_is_strict(project, monkeypatch):
    started(project, {"t1": "echo hi"}, {"accuracy": "acc=(.*)"})
    asked(project, ["t1"], {"f1": "f1=(.*)"}, "later")
    path = project.folder / project.path
    path.write_text(path.read_text().replace('"on_failure": "report"', '"on_failure": "stop"'))
    assert project.run("read-logs")[0] == 1
    detail = "the program measured nothing: no line of log.txt fits the pattern of f1"
    assert project.outcome("t1")["cause"] == {"kind": "metrics", "detail": detail}
    monkeypatch.chdir(project.folder)
    assert outcome.survey(outcome.planned("plan.jsonl")) == [(None, "failed")]


def test_two_stages_that_are_one_program_may_look_for_different_numbers(project, monkeypatch):
    project.variant("t1", {"x": ""}, command=["sh", "-c", "echo acc=1; echo f1=2"], results=None)
    (project.folder / "workflow" / "plans").mkdir(parents=True)
    project.path = "workflow/plans/toy.d.jsonl"
    same = {"variant": "t1", "checkpoints": [], "data": None}
    project.plan(
        project.trial("t1", **same, evaluate=[["a", "", "", "log"]]),
        project.trial("t1", **same, stage="two", evaluate=[["b", "", "", "log"]]),
        stages={"train": {**STAGE, "patterns": {"acc": "acc=(.)"}}, "two": {**STAGE, "patterns": {"f1": "f1=(.)"}}},
    )
    monkeypatch.chdir(project.folder)
    found = batches.state("toy", "d", {"train": 10, "two": 10})
    assert [batches.step_of(marker) for marker in found.batches] == ["train", "two"]
    assert [project.run(batches.step_of(marker))[0] for marker in found.batches] == [0, 0]
    assert (rows(project, "t1", "a"), rows(project, "t1", "b")) == (
        [("test", "acc", None, 1)],
        [("test", "f1", None, 2)],
    )


def test_without_its_log_a_trial_that_is_done_runs_again_and_one_that_failed_stays_so(project, monkeypatch):
    started(project, {"done": "echo acc=0.5", "failed": "true"}, PATTERNS)
    monkeypatch.chdir(project.folder)
    asked(project, ["done", "failed"], {"f1": "f1=(.*)"}, "later")
    trials = outcome.planned("plan.jsonl")
    assert outcome.survey(trials) == [("read-logs", "done"), ("read-logs", None)]
    for name in ("done", "failed"):
        project.of(name, "log.txt").unlink()
    assert outcome.survey(trials) == [("train", None), (None, "failed")]


def test_what_takes_from_a_trial_that_may_have_measured_something_waits_until_its_log_is_read(project, monkeypatch):
    started(project, {"t1": "echo f1=0.5"}, {"accuracy": "acc=(.*)"})
    (project.folder / "workflow" / "plans").mkdir(parents=True)
    project.path = "workflow/plans/toy.d.jsonl"
    project.variant("t2", {"x": ""}, command=["true"], results=None)
    read = {"checkpoints": [], "data": None, "evaluate": [["later", "", "", "log"]]}
    below = project.trial(
        "t2", variant="t2", stage="below", checkpoints=[], data=None, **{"from": {"init": ["t1", "log.txt"]}}
    )
    stages = {"train": {**STAGE, "patterns": {"f1": "f1=(.*)"}}, "below": {**STAGE, "takes_from": ["train"]}}
    project.plan(project.trial("t1", variant="t1", **read), below, stages=stages)
    monkeypatch.chdir(project.folder)
    found = batches.state("toy", "d", {"train": 10, "below": 10})
    (reads, trains) = found.batches
    assert [batches.step_of(marker) for marker in (reads, trains)] == ["read-logs", "below"]
    assert batches.above([below], found.trains) == [reads]


MUCH = {"gpus": 8, "gpu": "h100", "nodes": 4, "launcher": "srun", "exclusive": True, "cpus": 64, "memory": 900_000}


def test_to_read_logs_no_gpu_no_container_no_secret_is_needed(project, monkeypatch):
    started(project, {"t1": "echo f1=0.5", "t2": "echo f1=0.75"}, {"accuracy": "acc=(.*)"})
    environment = {"container": {"kind": "sif", "image": "gone.sif", "identity": "x"}, "secrets": ["NO_SUCH_KEY"]}
    read = {
        "checkpoints": [],
        "data": None,
        "evaluate": [["later", "", "", "log"]],
        "per_job": 1,
        "time": 86400,
        **MUCH,
    }
    (project.folder / "workflow" / "plans").mkdir(parents=True)
    project.path = "workflow/plans/toy.d.jsonl"
    stage = {**STAGE, "patterns": {"f1": "f1=(.*)"}, "environment": environment}
    project.plan(*(project.trial(name, variant=name, **read) for name in ("t1", "t2")), stages={"train": stage})
    monkeypatch.chdir(project.folder)

    site = {"partitions": [{"name": "cpu", "time": 3600, "nodes": 1, "preemptible": False, "gpus": {}}], "jobs": JOBS}
    found = batches.state("toy", "d", {"train": 1}, site)
    ((marker, trials),) = found.batches.items()
    assert (batches.step_of(marker), [trial["id"] for trial in trials]) == ("read-logs", ["t1", "t2"])
    asks = {"slurm_partition": "cpu", "runtime": 3, "mem_mb": 600, "cpus_per_task": 1}
    assert placement.job(site, trials[0], len(trials)) == asks
    lacks = [*granted.missing(found.todo, {}), *container.missing(found.todo, {}), *devices.missing(found.todo, {})]
    assert lacks == []
    assert project.run("read-logs")[0] == 0
    assert rows(project, "t2", "later") == [("test", "f1", None, 0.75)]


def scanned(folder: Path, text: str, patterns: dict[str, str], limits: dict[str, float]) -> dict[str, object]:
    (folder / "log.txt").write_text(text)
    script = folder / "printed.py"
    source = Path(SCRIPT).read_text()
    for name, value in limits.items():
        before = next(line for line in source.splitlines() if line.startswith(f"{name} = "))
        source = source.replace(before, f"{name} = {value}")
    script.write_text(source)
    words = ["log.txt", "0", json.dumps(patterns), "out.json"]
    subprocess.run([sys.executable, "-I", str(script), *words], cwd=folder, check=True, timeout=120)
    found: dict[str, object] = json.loads((folder / "out.json").read_text())
    return found


@pytest.mark.parametrize(
    ("text", "pattern", "seconds", "problem"),
    [
        ("a" * 9000 + "!\n", "(a+)+b", 1, "the pattern of score, '(a+)+b', took more than 1 s; make it stricter"),
        ("1\n" * 20, "(.)", 60, "the pattern of score fits more than 10 times; let it fit an epoch's end, say"),
        ("x", "(x", 60, "the pattern of score, '(x', is none for this Python: missing ), unterminated subpattern"),
    ],
)
def test_a_pattern_that_would_go_on_for_ever_is_stopped(
    tmp_path: Path, text: str, pattern: str, seconds: int, problem: str
) -> None:
    found = scanned(tmp_path, text, {"score": pattern}, {"SECONDS": seconds, "MOST": 10})
    assert str(found.get("problem")).startswith(problem)


def test_of_a_line_without_an_end_only_the_beginning_is_looked_at(tmp_path: Path) -> None:
    text = "x" * 3_000_000 + " score=1\nscore=2\n"
    assert scanned(tmp_path, text, {"score": "(?:^|x* )score=(.)"}, {}) == {
        "rows": [{"name": "score", "split": "test", "value": 2}]
    }
