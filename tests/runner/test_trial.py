"""Tiny plans, run by the runner as Snakemake starts it: what is done, in which order, and never again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

RUNNER = Path(__file__).parents[2] / "expc" / "runner"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "outcome.schema.json").read_text())
EVALUATION = ["e1", "d", "d1", "last"]


def test_a_done_trial_leaves_exactly_these_files_and_this_outcome(project):
    project.plan(project.trial("t1", keep=["last"], checkpoints=["last", "step-1"], evaluate=[EVALUATION]))
    assert project.run()[0] == 0

    left = sorted(str(path.relative_to(project.of("t1"))) for path in project.of("t1").rglob("*") if path.is_file())
    assert left == [
        "attempts.jsonl", "checkpoints/last.pt", "evaluations/e1.json", "lock", "log.txt", "metrics.jsonl",
        "outcome.json", "params.json",
    ]  # fmt: skip
    assert json.loads(project.of("t1", "params.json").read_text()) == {
        "params": {"count": str(project.count)}, "seed": 0, "data": "../../data/d1", "from": {},
    }  # fmt: skip
    found = project.outcome("t1")
    measured = ("started", "finished", "seconds", "cpu_seconds", "peak_memory", "hardware", "network")
    assert {key: value for key, value in found.items() if key not in measured} == {
        "outcome": 1, "id": "t1", "stage": "train", "status": "done", "marked": [], "cause": None, "attempts": 1,
        "metrics": {"validation.loss": 0.25}, "program": "warm", "keep": ["last"], "expc": "0.1.0",
    }  # fmt: skip
    assert found["started"] <= found["finished"]
    assert found["peak_memory"] > 0
    made = json.loads(project.of("t1", "evaluations", "e1.json").read_text())
    assert {key: made[key] for key in made if key not in ("seconds", "finished")} == {
        "id": "e1", "status": "done", "trial": "t1", "data": "d1", "checkpoint": "last", "metrics": {"accuracy": 0.2},
        "cause": None,
    }  # fmt: skip


def test_every_outcome_fits_the_schema(project):
    project.plan(
        project.trial("done"),
        project.trial("failed", params={"do": "1/0"}),
        project.trial("below", stage="tune", **{"from": {"init": ["failed", "checkpoints/last.pt"]}}),
        stages={"tune": {"takes_from": ["train"]}},
    )
    assert [project.run("train")[0], project.run("tune")[0]] == [0, 0]
    outcomes = [project.outcome(name) for name in ("done", "failed", "below")]
    assert [found["status"] for found in outcomes] == ["done", "failed", "cancelled"]
    Draft7Validator.check_schema(SCHEMA)
    for found in outcomes:
        assert list(Draft7Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(found)) == []
        assert list(Draft7Validator(SCHEMA).iter_errors({**found, "status": "fine"})) != []


ADVICE = "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace."
NO_SUCH_KEY = f"\nCould not override 'b'.\nTo append to your config use +b=3\n    full_key: b\n\n{ADVICE}"
NO_SUCH_CONFIG = f"Cannot find primary config 'none'.\n\nConfig search path:\n\tprovider=main\n\n{ADVICE}"
FAILURES = {
    "raises": ("1/0", "code", "ZeroDivisionError: division by zero"),
    "says": ("print('a'); sys.exit('out of ideas')", "code", "out of ideas"),
    "hydra": (f"print('begun'); sys.exit({NO_SUCH_KEY!r})", "code", "Could not override 'b'."),
    "astray": (f"sys.exit({NO_SUCH_CONFIG!r})", "code", "Cannot find primary config 'none'."),
    "mute": ("sys.exit(7)", "code", "exit status 7, and it printed nothing"),
    "exits": ("os._exit(3)", "code", "exit status 3, and it printed nothing"),
    "asks": ("sys.exit(85)", "code", "asked to go on (exit status 85) without a new checkpoint"),
    "silent": ("save('last'); sys.exit()", "metrics", "the program measured nothing: metrics.jsonl holds no metric"),
    "row": ("open('metrics.jsonl', 'a').write('[1]\\n')", "metrics",
            'metrics.jsonl, line 1: a row is an object such as {"name": "loss", "value": 0.3}, not [1]'),
    "text": ("measure('loss', 'low')", "metrics",
             'metrics.jsonl, line 1: "value" of \'loss\' must be a number or null, not "low"'),
    "torn": ("open('metrics.jsonl', 'a').write('{\"name\": ,\\n')", "metrics",
             "metrics.jsonl, line 1 isn't JSON: Expecting value: line 1 column 10 (char 9)"),
    "unsaved": ("measure('loss', 1, step=1); sys.exit(0)", "code",
                "the program ended without saving checkpoints/last.pt"),
}  # fmt: skip


@pytest.mark.parametrize("cold", [False, True])
def test_failures_are_outcomes_with_their_cause(project, cold):
    project.plan(*(project.trial(name, params={"do": do}) for name, (do, _, _) in FAILURES.items()))
    assert project.run("train", *(["--cold"] if cold else []))[0] == 0
    found = {name: project.outcome(name) for name in FAILURES}
    assert {name: tuple(made["cause"].values()) for name, made in found.items()} == {
        name: case[1:] for name, case in FAILURES.items()
    }
    assert {made["attempts"] for made in found.values()} == {1}


def test_which_metrics_a_spec_asks_for_and_in_which_range_does_not_decide_what_becomes_of_a_trial(project):
    asked = [{"ref": ref, "split": "validation", "name": ref, "rule": "last"} for ref in ("loss", "f1", "acc")]
    first = {"metrics": asked, "ranges": {"loss": [1, 2]}}
    project.plan(project.trial("t1"), stages={"train": first})
    status, said = project.run()
    assert (status, "done, but without f1, acc: t1 (train, a=t1, seed 0) in " in said) == (0, True)
    before = project.outcome("t1")
    assert (before["status"], before["metrics"]) == ("done", {"validation.loss": 0.25})
    project.plan(project.trial("t1"))
    assert project.run() == (0, "")
    assert (project.outcome("t1"), project.starts()) == (before, ["t1"])


def test_an_evaluation_is_done_whatever_it_measured_and_the_log_says_what_is_absent(project):
    asked = [{"ref": ref, "split": "test", "name": ref, "rule": "last"} for ref in ("accuracy", "f1")]
    stage = {"metrics": asked, "ranges": {"accuracy": [0.5, 1]}}
    project.plan(project.trial("t1", evaluate=[EVALUATION]), stages={"train": stage})
    status, said = project.run()
    assert (status, "evaluation done, but without f1: t1 (train, a=t1, seed 0) on d" in said) == (0, True)
    made = json.loads(project.of("t1", "evaluations", "e1.json").read_text())
    assert (made["status"], made["metrics"]) == ("done", {"accuracy": 0.2})


def test_under_on_failure_stop_a_failure_is_never_run_again_and_the_batch_says_what_to_do(project):
    project.plan(project.trial("t1", params={"do": "1/0"}), project.trial("t2"), on_failure="stop")
    first, second = project.run(), project.run()
    assert (first[0], second[0], sorted(project.starts())) == (1, 1, ["t1", "t2"])
    assert second[1] == (
        "1 of 2 trials of this range have failed, t1 (train, a=t1, seed 0) for one; the spec says `on_failure: stop`,"
        " so the workflow stops here until `expc retry` lets them run again\n"
    )


def test_what_is_finished_is_never_run_again_and_what_is_damaged_is(project):
    names = ["whole", "deleted", "truncated", "emptied", "anothers"]
    project.plan(*map(project.trial, names))
    assert project.run()[0] == 0
    before = project.of("whole", "outcome.json").stat().st_mtime_ns
    project.of("deleted", "outcome.json").unlink()
    os.truncate(project.of("truncated", "outcome.json"), 100)
    project.of("emptied", "outcome.json").write_text("")
    project.of("anothers", "outcome.json").write_text(project.of("whole", "outcome.json").read_text())
    assert [project.run()[0], project.run()[0]] == [0, 0]
    assert sorted(project.starts()) == sorted(names + names[1:])
    assert project.of("whole", "outcome.json").stat().st_mtime_ns == before


def test_training_again_begins_afresh_and_evaluates_again(project):
    evaluate = [EVALUATION, ["e2", "other", "d1", "last"]]
    marks = "measure('runs', len(project)); open('work', 'a').close()"
    note = "project = open(p['count']).read().splitlines(); " + marks
    project.plan(project.trial("t1", keep=["last"], evaluate=evaluate, params={"do": note}))
    assert project.run()[0] == 0
    made = project.of("t1", "evaluations", "e1.json")
    before = made.stat().st_mtime_ns
    project.of("t1", "outcome.json").unlink()
    project.of("t1", "checkpoints", "resume.pt").write_text("of the first run")
    with open(project.of("t1", "metrics.jsonl"), "a") as rows:
        rows.write('{"name": "first", "value": 1}\n')
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"] == {"validation.runs": 2, "validation.loss": 0.25}
    assert [path.name for path in project.of("t1", "checkpoints").iterdir()] == ["last.pt"]
    assert made.stat().st_mtime_ns > before
    assert project.attempts("t1") == ["done", "done"]


def test_a_plan_that_is_gone_is_said_with_what_to_do(project):
    project.plan(project.trial("t1"))
    (project.folder / "plan.jsonl").unlink()
    assert project.run() == (1, "plan.jsonl isn't there.\n    Run `expc compile` again: no result is lost.\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ":1 is damaged: it is empty"),
        ('{"a" 1}\n', ":1:6 is damaged: Expecting ':' delimiter"),
        ('{"on_failure": "report"}\n', ":1 is damaged: this isn't the first line of a plan"),
        ('{"plan": 2, "expc": "9.0"}\n', " is of another version (format 2, by expc 9.0)"),
        ('{"stages": {}}\n', " is damaged: trials are missing at its end"),
        ('{"stages": {}}\n{"id" "t1"', ":2:7 is damaged: Expecting ':' delimiter"),
    ],
)
def test_a_plan_that_is_empty_or_torn_is_said_in_words(project, text, why):
    project.plan(project.trial("t1"))
    (project.folder / "plan.jsonl").write_text(text)
    again = "Delete it, and run `expc compile` again: no result is lost"
    assert project.run() == (1, f"plan.jsonl{why}.\n    {again}.\n")


def test_below_a_failure_all_is_cancelled_and_a_retry_above_is_one_below(project):
    below = {"from": {"init": ["top", "checkpoints/last.pt"]}, "stage": "tune"}
    project.plan(
        project.trial("top", keep=["last"], params={"do": "assert os.path.exists('../../../mended')"}),
        project.trial(
            "below", **below, keep=["last"], params={"do": "print(open(os.environ['EXPC_FROM_INIT']).read())"}
        ),
        project.trial("bottom", stage="last", **{"from": {"init": ["below", "checkpoints/last.pt"]}}),
        stages={"tune": {"takes_from": ["train"]}, "last": {"takes_from": ["tune"]}},
    )
    early = project.run("tune")
    assert early[0] == 1
    assert "can't run: below (tune, a=below, seed 0): what it takes from isn't finished: top" in early[1]
    assert [project.run(step)[0] for step in ("train", "tune", "last")] == [0, 0, 0]
    assert [project.outcome(name)["status"] for name in ("top", "below", "bottom")] == [
        "failed",
        "cancelled",
        "cancelled",
    ]
    assert project.outcome("bottom")["cause"] == {
        "kind": "upstream", "detail": "it takes from what has no result: below cancelled",
    }  # fmt: skip

    (project.folder / "mended").touch()
    retry = "import sys; sys.path.insert(0, sys.argv[1]); from runner.retry import retry; retry('top')"
    subprocess.run([sys.executable, "-c", retry, str(RUNNER.parent)], cwd=project.folder, check=True)
    assert [project.run(step)[0] for step in ("train", "tune", "last")] == [0, 0, 0]
    assert [project.outcome(name)["status"] for name in ("top", "below", "bottom")] == ["done", "done", "done"]
    assert project.of("below", "log.txt").read_text() == "weights\n"
    assert project.attempts("top") == ["failed", "done"]


def test_a_done_trial_trains_again_if_what_is_taken_from_it_is_gone(project):
    project.plan(
        project.trial("top", keep=["last"]),
        project.trial("spare", keep=["last"]),
        project.trial("below", stage="tune", **{"from": {"init": ["top", "checkpoints/last.pt"]}}),
        stages={"tune": {"takes_from": ["train"]}},
    )
    assert project.run("train")[0] == 0
    for name in ("top", "spare"):
        project.of(name, "checkpoints", "last.pt").unlink()
    gone = project.run("tune")
    assert gone[0] == 1
    assert "results/trials/top/checkpoints/last.pt is gone; its trial must train again first" in gone[1]
    assert [project.run("train")[0], project.run("tune")[0], project.run("train")[0]] == [0, 0, 0]
    assert sorted(project.starts()) == ["below", "spare", "top", "top"]


def test_evaluations_are_made_from_kept_checkpoints_without_training(project):
    project.plan(project.trial("t1", keep=["last"]), project.trial("t2"))
    assert project.run()[0] == 0
    project.data("another")
    later = [["e2", "other", "another", "last"]]
    project.plan(project.trial("t1", keep=["last"], evaluate=later), project.trial("t2", evaluate=later))
    assert project.run("evaluate")[0] == 0  # t2 kept nothing: it must train, which this step never does
    made = json.loads(project.of("t1", "evaluations", "e2.json").read_text())
    assert (made["metrics"], sorted(project.starts())) == ({"accuracy": 0.7}, ["t1", "t2"])
    assert not project.of("t2", "evaluations").exists()
    assert project.run()[0] == 0
    assert sorted(project.starts()) == ["t1", "t2", "t2"]
    assert json.loads(project.of("t2", "evaluations", "e2.json").read_text())["status"] == "done"


def test_a_failed_evaluation_is_a_result_and_its_trial_stays_done(project):
    (project.folder / "results" / "broken").touch()
    project.plan(project.trial("t1", evaluate=[EVALUATION]))
    assert [project.run()[0], project.run()[0]] == [0, 0]
    made = json.loads(project.of("t1", "evaluations", "e1.json").read_text())
    assert (made["status"], made["metrics"]) == ("failed", {})
    assert made["cause"] == {"kind": "code", "detail": "ValueError: no evaluation today"}
    assert project.outcome("t1")["status"] == "done"
    assert list(project.of("t1", "checkpoints").iterdir()) == []


def test_what_is_kept_is_what_the_plan_says(project):
    rules = ["last", "best-validation.loss", "step-1"]
    keeps = {"none": [], "best": ["best-validation.loss"], "two": ["last", "step-1"]}
    resume = {"do": "save('resume')"}
    project.plan(*(project.trial(name, checkpoints=rules, keep=keep, params=resume) for name, keep in keeps.items()))
    assert project.run()[0] == 0
    left = {name: sorted(path.stem for path in project.of(name).glob("checkpoints/*")) for name in keeps}
    assert left == {name: sorted(keep) for name, keep in keeps.items()}


def test_a_batch_leaves_the_trials_of_other_resource_classes_and_stages_alone(project):
    project.plan(
        project.trial("mine"),
        project.trial("large", memory=9000),
        project.trial("other", stage="tune"),
        project.trial("mine_too"),
        stages={"tune": {}},
    )
    assert project.run()[0] == 0
    assert sorted(project.starts()) == ["mine", "mine_too"]


def test_what_is_not_made_yet_is_said_and_no_trial_is_blamed(project):
    given = project.trial("t4", inputs={"init": ["i9", "base.pt"]})
    project.plan(project.trial("t1", variant="v9"), project.trial("t2", data="d9"), project.trial("t3"), given)
    status, said = project.run()
    assert status == 1
    again = "isn't there.\n    Start again: `snakemake` and `expc run` make it."
    assert f"can't run: t1 (train, a=t1, seed 0): results/code/v9/variant.json {again}" in said
    assert f"can't run: t2 (train, a=t2, seed 0): results/data/d9/data.json {again}" in said
    assert f"can't run: t4 (train, a=t4, seed 0): results/inputs/i9/input.json {again}" in said
    assert [project.of(name, "outcome.json").exists() for name in ("t1", "t2", "t3", "t4")] == [
        False,
        False,
        True,
        False,
    ]


SIZED = json.dumps(
    {"id": "warm", "template": "toy", "train": "train.py", "evaluate": None, "preload": [], "sizes": {"train.py": 1}}
)


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("code/warm/variant.json", "", "variant.json is damaged: it is empty.\n    Delete it, and"),
        (
            "code/warm/variant.json",
            "{",
            "variant.json:1:2 is damaged: Expecting property name enclosed in double quotes.",
        ),
        ("code/warm/variant.json", "{}", "variant.json is damaged: it lacks evaluate, preload, template, train.\n"),
        ("code/warm/variant.json", SIZED, "train.py is damaged: it has "),
        ("data/d1/data.json", "[", "data.json:1:2 is damaged: Expecting value.\n    Delete it, and"),
        (
            "data/d1/data.json",
            '{"sizes": {"train.npz": 7}}',
            "train.npz isn't there.\n    Delete results/data/d1, and start again: `snakemake` and `expc run` make it.",
        ),
    ],
)
def test_code_and_data_that_are_damaged_are_named_and_no_trial_is_blamed(project, path, content, said):
    project.plan(project.trial("t1"))
    (project.folder / "results" / path).write_text(content)
    status, printed = project.run()
    folder = path.rpartition("/")[0]
    assert (status, project.starts()) == (1, []), printed
    assert f"can't run: t1 (train, a=t1, seed 0): results/{folder}/{said}" in printed
    assert not project.of("t1", "outcome.json").exists()


def test_a_folder_that_cannot_be_written_is_said_and_no_trial_is_blamed(project):
    project.of("t1").parent.mkdir(parents=True)
    project.of("t1").write_text("in the way")
    project.plan(project.trial("t1"), project.trial("t2"))
    status, said = project.run()
    assert status == 1
    assert "can't go on with t1 (train, a=t1, seed 0)" in said
    assert project.outcome("t2")["status"] == "done"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this platform has no device that is always full")
def test_a_full_disk_is_said_and_no_trial_is_blamed(project):
    project.of("t1").mkdir(parents=True)
    project.of("t1", "params.json.tmp").symlink_to("/dev/full")
    project.plan(project.trial("t1"), project.trial("t2"))
    status, said = project.run()
    assert status == 1
    assert "the disk is full, or your share of it" in said
    assert "can't go on with t1 (train, a=t1, seed 0)" in said
    assert not project.of("t1", "outcome.json").exists()
