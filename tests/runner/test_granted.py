"""What a stage's environment gives its trials: variables, secrets that nothing keeps, the network."""

import json
import os
import socket

import pytest

from expc.runner import granted, hiding
from expc.runner.process import Ended
from expc.runner.todo import Todo

from .conftest import TRAIN, may_unshare

SECRET = "sk-very-secret-0123"
ENVIRON = {"PATH": os.environ["PATH"], "SERVICE_KEY": SECRET, "OTHER_KEY": "other-secret-456"}
TELL = "json.dump(dict(os.environ), open('seen', 'w'))"


def stage(**environment):
    return {"environment": environment}


@pytest.mark.parametrize("cold", [[], ["--cold"]])
def test_a_trial_gets_its_stages_variables_and_secrets_and_no_others(project, cold):
    stages = {"train": stage(secrets=["SERVICE_KEY"], variables={"MODE": "fast", "TZ": "Asia/Tokyo"})}
    stages["other"] = stage(secrets=["OTHER_KEY"])
    project.plan(
        project.trial("t1", params={"do": TELL}), project.trial("t2", stage="other", params={"do": TELL}), stages=stages
    )
    for step in ("train", "other"):
        assert project.run(step, *cold, env=ENVIRON)[0] == 0
    seen = [json.loads(project.of(name, "seen").read_text()) for name in ("t1", "t2")]
    names = ("SERVICE_KEY", "OTHER_KEY", "MODE", "TZ")
    assert [{name: one[name] for name in names if name in one} for one in seen] == [
        {"SERVICE_KEY": SECRET, "MODE": "fast", "TZ": "Asia/Tokyo"},
        {"OTHER_KEY": "other-secret-456"},
    ]


def test_an_evaluation_gets_what_its_trial_gets(project):
    evaluate = "import os, json\nopen(os.environ['EXPC_METRICS'], 'a').write(json.dumps({'name': 'accuracy', 'value': "
    evaluate += (
        "len(os.environ['SERVICE_KEY']) + len(os.environ['MODE'])}) + '\\n'); print(os.environ['SERVICE_KEY'])\n"
    )
    train = project.folder.joinpath("results/code/warm/train.py").read_text()
    project.variant("asks", {"train.py": train, "evaluate.py": evaluate})
    trial = project.trial("t1", variant="asks", evaluate=[["e1", "d", "d1", "last"]])
    project.plan(trial, stages={"train": stage(secrets=["SERVICE_KEY"], variables={"MODE": "fast"})})
    assert project.run(env=ENVIRON)[0] == 0
    assert json.loads(project.of("t1", "evaluations", "e1.json").read_text())["metrics"] == {"accuracy": 23}
    assert project.of("t1", "log.txt").read_text() == "***\n"


def test_no_file_keeps_a_secret_whatever_the_trial_does_with_it(project):
    tell = "key = os.environ['SERVICE_KEY']; print('using', key, flush=True); "
    rows = "open('predictions.jsonl', 'w').write(json.dumps({'id': 1, 'prediction': key}) + '\\n'); "
    fail = "measure('loss', 1); raise ValueError('denied: ' + key)"
    project.plan(
        project.trial("fails", params={"do": tell + rows + fail}),
        project.trial("works", params={"do": tell + rows}),
        stages={"train": stage(secrets=["SERVICE_KEY"])},
    )
    status, said = project.run(env=ENVIRON)
    assert status == 0
    assert project.outcome("fails")["cause"] == {"kind": "code", "detail": "ValueError: denied: ***"}
    assert project.of("works", "log.txt").read_text() == "using ***\n"
    rows = {"id": 1, "on": None, "prediction": "***", "score": None}
    assert json.loads(project.of("works", "predictions.jsonl").read_text()) == rows
    held = [path for path in project.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert (held, SECRET in said) == ([], False)


TOKEN = 'sk-"very"-secret-ü-0123'
RESULTS = {
    "quoted": "[{{'name': 'loss', 'value': os.environ['SERVICE_KEY']}}]",
    "kept": "[{{'name': 'loss', 'value': 1, 'note': os.environ['SERVICE_KEY']}}]",
}


def test_neither_a_results_file_nor_the_message_about_it_keeps_a_secret(project):
    write = "import json, os; json.dump({}, open('m.json', 'w'))"
    for name, does in RESULTS.items():
        command = ["python3", "-c", write.replace("{}", does)]
        project.variant(name, {"x": ""}, command=command, results="m.json")
    evaluate = "import json, os\nprint(json.dumps({'name': 'a', 'value': os.environ['SERVICE_KEY']}),"
    evaluate += " file=open(os.environ['EXPC_METRICS'], 'w'))\n"
    project.variant("asks", {"train.py": TRAIN, "evaluate.py": evaluate})
    project.plan(
        *(project.trial(name, variant=name, checkpoints=[], data=None) for name in RESULTS),
        project.trial("asks", variant="asks", evaluate=[["e1", "d", "d1", "last"]]),
        stages={"train": stage(secrets=["SERVICE_KEY"])},
    )
    status, said = project.run(env={**ENVIRON, "SERVICE_KEY": TOKEN})
    assert (status, project.outcome("kept")["status"]) == (0, "done")
    assert project.outcome("quoted")["cause"]["detail"] == (
        'm.json, row 1: "value" of \'loss\' must be a number or null, not "***"'
    )
    files = [path for path in project.folder.rglob("*") if path.is_file() and "code" not in path.parts]
    assert [path for path in files if "very" in path.read_text()] == []
    assert "very" not in said


def test_a_line_is_cut_after_its_secrets_were_taken_out(project):
    do = "raise ValueError('.' * 485 + os.environ['SERVICE_KEY'])"
    project.plan(project.trial("t1", params={"do": do}), stages={"train": stage(secrets=["SERVICE_KEY"])})
    assert project.run(env=ENVIRON)[0] == 0
    assert project.outcome("t1")["cause"]["detail"] == "ValueError: " + "." * 485 + "***"


def test_a_missing_secret_is_said_before_a_trial_is_started(project):
    project.plan(project.trial("t1"), stages={"train": stage(secrets=["SERVICE_KEY", "OTHER_KEY"])})
    for lacking in ({}, {"OTHER_KEY": ""}):
        status, said = project.run(env={"PATH": os.environ["PATH"], "SERVICE_KEY": SECRET, **lacking})
        assert (status, said) == (
            1,
            "OTHER_KEY isn't set, and stage train of toy needs it: set it where the workflow is started,"
            " as in `export OTHER_KEY=…`\n",
        )
    assert not project.of("t1").exists()
    assert project.run(env=ENVIRON)[0] == 0
    assert project.run(env={"PATH": os.environ["PATH"]})[0] == 0, "nothing is left to be done"


def test_a_plan_that_is_done_needs_no_secrets(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    project.plan(project.trial("t1"), stages={"train": stage(secrets=["SERVICE_KEY"])})
    assert len(granted.missing(Todo(project.path), {})) == 1
    assert granted.missing(Todo(project.path), ENVIRON) == []
    assert project.run(env=ENVIRON)[0] == 0
    assert granted.missing(Todo(project.path), {}) == []


def test_only_a_stage_that_says_so_has_the_machines_network(project):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        do = f"import socket; measure('outside', socket.socket().connect_ex(('127.0.0.1', {port})), step=1)"
        for name, its in (("t1", "train"), ("t2", "open")):
            project.plan(project.trial(name, stage=its, params={"do": do}), stages={"open": stage(network="host")})
            assert project.run(its)[0] == 0
    closed, opened = project.outcome("t1"), project.outcome("t2")
    assert (opened["network"], opened["metrics"]["validation.outside"]) == ("host", 0)
    assert closed["network"] == ("none" if may_unshare("--net", "true") else "open")
    assert (closed["metrics"]["validation.outside"] == 0) == (closed["network"] == "open")


def test_without_a_network_a_program_can_still_talk_to_itself(project):
    do = "import socket; mine = socket.create_server(('127.0.0.1', 0)); "
    do += "measure('refused', socket.socket().connect_ex(mine.getsockname()), step=1)"
    project.plan(project.trial("t1", params={"do": do}))
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"]["validation.refused"] == 0


def test_evaluations_of_stages_with_and_without_a_network_are_batches_of_their_own(project, monkeypatch):
    from expc.runner.batches import state

    monkeypatch.chdir(project.folder)
    evaluate = [["e1", "d", "d1", "last"]]
    places = (("t1", "train"), ("t2", "open"), ("t3", "train"))
    trials = [project.trial(name, stage=its, keep=["last"]) for name, its in places]
    stages = {"open": stage(network="host")}
    for trial in trials:
        project.plan(trial, stages=stages)
        assert project.run(trial["stage"])[0] == 0
    project.path = "workflow/plans/toy.d1.jsonl"
    (project.folder / "workflow/plans").mkdir(parents=True)
    project.plan(*({**trial, "evaluate": evaluate} for trial in trials), stages=stages)
    batches = state("toy", "d1", {"train": "auto", "open": "auto"}).batches
    assert {marker.rpartition("/")[2]: [trial["id"] for trial in found] for marker, found in batches.items()} == {
        "evaluate-1-3.0.done": ["t1", "t3"],
        "evaluate-2-2.0.done": ["t2"],
    }
    assert project.run("evaluate")[0] == 0
    assert [project.of(name, "evaluations", "e1.json").exists() for name in ("t1", "t2", "t3")] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "values", "kept"),
    [
        ("a b", [], "a b"),
        ("key=123456!", ["123456"], "key=***!"),
        ("key=12345!", ["12345"], "key=12345!"),
        ("abcdefgh abcdef", ["abcdef", "abcdefgh"], "*** ***"),
    ],
)
def test_what_is_hidden_are_values_that_are_long_enough_to_be_secrets(tmp_path, text, values, kept):
    (tmp_path / "log.txt").write_text(text)
    ended = hiding.hide(str(tmp_path), Ended(exit=1, signal=None, seconds=0.1, peak=1, printed=text), values)
    assert (ended.printed, (tmp_path / "log.txt").read_text()) == (kept, kept)
