"""A user's own program: its arguments, its working copy, its results."""

import hashlib
import json
import os
import shutil
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.runner.metrics import Unsound
from expc.runner.own import Unfilled, arguments, newest, prepare, results

# Writes down its arguments, and one metric into its results.
PROGRAM = """#!/bin/sh
for argument in "$@"; do printf '%s\\0' "$argument" >> arguments; done
echo '{"accuracy": 0.5}' > metrics.json
"""
TRICKY = {
    "quotes": 'it\'s "so"',
    "newlines": "a\nb\n",
    "shell": "$(touch /tmp/owned) `id` ; rm -rf ~ && *",
    "braces": "{{ seed }} {seed} {args} {quotes} }}",
    "unicode": "ünï-日本-🎲",
    "dash": "-rf",
    "empty": "",
    "number": 1e-4,
    "whole": 3,
    "yes": True,
    "list": [3, "a b", None],
    "nothing": None,
}


def own(project, **description):
    project.variant("own", {"program.sh": PROGRAM}, **{"command": ["sh", "program.sh", "{args}"], **description})
    stage = {"metrics": [{"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "auto"}], "evaluated": False}
    return {"variant": "own", "checkpoints": [], "data": None}, {"train": {**stage, "task": None}}


def test_values_reach_the_program_unchanged_and_no_shell_runs(project):
    trial, stages = own(project, results="metrics.json")
    made = project.trial("t1", **trial, seed=7)
    made["params"] = TRICKY
    project.plan(made, stages=stages)
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"] == {"test.accuracy": 0.5}
    assert project.of("t1", "work", "arguments").read_bytes().decode().split("\0")[:-1] == [
        '--quotes=it\'s "so"',
        "--newlines=a\nb\n",
        "--shell=$(touch /tmp/owned) `id` ; rm -rf ~ && *",
        "--braces={{ seed }} {seed} {args} {quotes} }}",
        "--unicode=ünï-日本-🎲",
        "--dash=-rf",
        "--empty=",
        "--number=0.0001",
        "--whole=3",
        "--yes=true",
        '--list=[3, "a b", null]',
        "--seed=7",
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["{lr}", "lr={lr}", "{{lr}}", "{{{lr}}}"], ["0.1", "lr=0.1", "{lr}", "{0.1}"]),
        (["{trial_dir}/x", "{from.init}", "-s{seed}"], ["/t/x", "/w.pt", "-s3"]),
        (["{args}"], ["--lr=0.1", "--name={lr}", "--seed=3"]),
        (["{name}"], ["{lr}"]),
    ],
)
def test_only_the_commands_own_braces_are_read(command, expected):
    trial = {"params": {"lr": 0.1, "name": "{lr}"}, "seed": 3}
    assert arguments(command, trial, {"trial_dir": "/t", "from.init": "/w.pt"}) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["{args}", "{on:--on}", "{off:--off}"], ["--empty=", "--seed=3", "--on"]),
        (["{args:hydra}", "{on:+on|~on}"], ["off=false", "none=null", "empty=''", "seed=3", "+on"]),
        (["{on:--on|--no-on}", "{off:--off|--no-off}", "{none:--a|--b}"], ["--on", "--no-off"]),
        (["{on:|--off}", "{off:|--off}", "size={off:large|small}", "x{off:y}"], ["--off", "size=small", "x"]),
        (["{{on:--on}}", "{{{on:--on}}}", "{empty}"], ["{on:--on}", "{--on}", ""]),
    ],
)
def test_an_option_that_takes_no_value_is_said_by_what_stands_for_true_and_false(command, expected):
    trial = {"params": {"on": True, "off": False, "none": None, "empty": ""}, "seed": 3}
    assert arguments(command, trial, {}) == expected


@pytest.mark.parametrize(("value", "held"), [({"amp": 1}, "1"), ({"amp": "yes"}, "yes"), ({}, "not set")])
def test_what_is_neither_true_nor_false_is_no_switch(value, held):
    with pytest.raises(Unfilled, match=rf"{{amp:--amp}} in the command is for true and false, and amp is {held}"):
        arguments(["{amp:--amp}"], {"params": value, "seed": 3}, {})


LISTS = {
    "layers": [128, 64],
    "texts": ["-x", "", 'it\'s "so"', "{layers...}", "a b\n", "$HOME *", "ünï"],
    "mixed": [1e-05, 1.0, True, None],
    "empty": [],
    "none": None,
    "lr": 0.1,
}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["--layers", "{layers...}", "end"], ["--layers", "128", "64", "end"]),
        (["--layer={layers...}", "-l{layers...}"], ["--layer=128", "--layer=64", "-l128", "-l64"]),
        (["{texts...}"], LISTS["texts"]),
        (["--t={texts...}"], [f"--t={one}" for one in LISTS["texts"]]),
        (["{mixed...}"], ["1e-05", "1.0", "true", "null"]),
        (["--a", "{empty...}", "--b={none...}", "{none...}"], ["--a"]),
        (["{layers:--layers|--none}", "{empty:--layers|--none}", "{none:--layers|--none}"], ["--layers", "--none"]),
        (["{empty:--empty}", "{empty...}", "x{empty:y}"], ["x"]),
        (["{lr}:{layers...}:{seed}:{trial_dir}"], ["0.1:128:3:/t", "0.1:64:3:/t"]),
        (["{layers...}-{layers...}{{layers...}}"], ["128-128{layers...}", "64-64{layers...}"]),
        (["{layers}", "{{layers...}}"], ["[128, 64]", "{layers...}"]),
        (["{args}", "{texts...}"], ["--layers=[128, 64]", "--mixed=[1e-05, 1.0, true, null]", "--empty=[]", "--lr=0.1",
                                    "--seed=3", *LISTS["texts"]]),
        (["{args:hydra}", "--t={texts...}{mixed...}"], None),
    ],
)  # fmt: skip
def test_an_argument_is_written_once_for_each_element_of_a_list(command, expected):
    trial = {"params": LISTS, "seed": 3}
    if expected is None:
        with pytest.raises(Unfilled, match=r"\{mixed\.\.\.\} in the command is no placeholder"):
            arguments(command, trial, {})
    else:
        assert arguments(command, trial, {"trial_dir": "/t"}) == expected


@pytest.mark.parametrize(
    ("params", "held"),
    [({"layers": 1}, "1"), ({"layers": "[1]"}, r"\[1\]"), ({"layers": True}, "true"), ({}, "not set")],
)
def test_what_is_no_list_has_no_elements(params, held):
    with pytest.raises(Unfilled, match=rf"{{layers...}} in the command is for a list, and layers is {held}"):
        arguments(["--layers", "{layers...}"], {"params": params, "seed": 3}, {})


HYDRA = {
    **{name: value for name, value in TRICKY.items() if name != "nothing"},
    "backslashes": "a\\b\\\\'c\\",
    "interpolation": "${oc.env:HOME} \\${x} $y",
    "words": ["true", "NULL", "inf", "1_0", "a,b", "x=y", "[1]", "{a: 1}", " "],
    "nothing": None,
    "small": 1e-05,
    "model.width": 64,
}


def composed(params):
    """The configuration that Hydra makes of the arguments, over one whose values are other ones."""
    from hydra import compose, initialize
    from omegaconf import OmegaConf

    words = arguments(["{args:hydra}"], {"params": params, "seed": 7}, {})
    with initialize(version_base=None):
        return OmegaConf.to_container(compose(overrides=[f"++{word}" for word in words]), resolve=True)


def test_hydra_reads_every_value_as_it_is():
    plain = {name: value for name, value in HYDRA.items() if "." not in name}
    assert composed(HYDRA) == {**plain, "model": {"width": 64}, "seed": 7}
    assert arguments(["{args:hydra}"], {"params": {"lr": 0.1, "name": "a-b", "n": None}, "seed": 0}, {}) == [
        "lr=0.1", "name=a-b", "n=null", "seed=0",
    ]  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\\'\"${}[],:= \n")))
@settings(max_examples=150, deadline=None)
def test_hydra_reads_any_text_as_it_is(text):
    from hydra.core.override_parser.overrides_parser import OverridesParser

    (argument,) = arguments(["{args:hydra}"], {"params": {"name": text}, "seed": 1}, {})[:1]
    found = OverridesParser.create().parse_override(argument).value()
    literal = text if "${" not in text else None  # OmegaConf takes its own escapes off later
    assert literal is None or found == literal


RESUMED = """
echo "$*" >> arguments
if [ ! -e "$EXPC_CHECKPOINT_DIR/step_9.pt" ]; then
  touch -d 2001-01-01 "$EXPC_CHECKPOINT_DIR/step_8.pt"
  echo 1 > "$EXPC_CHECKPOINT_DIR/step_9.pt"
  touch -d 2099-01-01 "$EXPC_CHECKPOINT_DIR/step_10.pt.tmp" "$EXPC_CHECKPOINT_DIR/.hidden"
  exit 85
fi
echo '{"accuracy": 1}' > m.json
"""


def test_arguments_to_resume_are_added_when_there_is_a_checkpoint_and_name_the_newest(project):
    trial, stages = own(project)
    resume = ["--from", "{checkpoint}", "{lr}", "--layers", "{layers...}"]
    project.variant("r", {"go.sh": RESUMED}, command=["sh", "go.sh", "{seed}"], resume=resume, results="m.json")
    project.plan(
        project.trial("t1", **{**trial, "variant": "r", "params": {"lr": 0.5, "layers": [8, -4]}}), stages=stages
    )
    assert project.run()[0] == 0
    newest = project.of("t1", "checkpoints", "step_9.pt")
    assert project.of("t1", "work", "arguments").read_text() == f"0\n0 --from {newest} 0.5 --layers 8 -4\n"


def test_of_folders_of_checkpoints_the_one_with_the_newest_file_counts(tmp_path):
    for age, name in enumerate(["new/a/b", "old/a", "file"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    assert newest(str(tmp_path)) == str(tmp_path / "new")


def test_of_empty_folders_and_links_that_lead_nowhere_no_program_goes_on(tmp_path):
    (tmp_path / "run/empty").mkdir(parents=True)
    (tmp_path / "last.ckpt").symlink_to("gone")
    assert (newest(str(tmp_path)), newest(str(tmp_path / "run/empty"))) == (None, None)


HALF = """
echo "$*" >> arguments
echo "loss 3"
if [ ! -e "$EXPC_CHECKPOINT_DIR/1.pt.tmp" ]; then echo half > "$EXPC_CHECKPOINT_DIR/1.pt.tmp"; kill -9 $$; fi
echo "loss 2"
"""


def test_what_had_saved_half_a_checkpoint_begins_again_and_nothing_counts_twice(project):
    trial, stages = own(project)
    project.variant("h", {"go.sh": HALF}, command=["sh", "go.sh", "{seed}"], resume=["--from", "{checkpoint}"])
    printing = {**stages["train"], "patterns": {"validation.loss": "loss ([0-9]+)"}}
    read = {"variant": "h", "evaluate": [["read", "", "", "log"]]}
    project.plan(project.trial("t1", **{**trial, **read}), stages={"train": printing})
    assert project.run()[0] == 0
    assert project.attempts("t1") == ["signal", "done"]
    assert project.of("t1", "work", "arguments").read_text() == "0\n"
    rows = map(json.loads, project.of("t1", "evaluations", "read.jsonl").read_text().splitlines())
    assert [(row["step"], row["value"]) for row in rows] == [(1, 3), (2, 2)]


CHEATS = {
    "changes": "echo more >> eval.sh",
    "removes": "rm eval.sh",
    "replaces": "rm eval.sh; mkdir eval.sh",
    "changes_and_goes_on": "echo more >> eval.sh; echo 1 > $EXPC_CHECKPOINT_DIR/c; exit 85",
    "fails": "echo more >> eval.sh; echo no luck; exit 3",
    "reads": "cat eval.sh",
}


def test_a_trial_that_changes_a_protected_file_has_failed(project):
    trial, stages = own(project)
    digest = hashlib.sha256(b"fair").hexdigest()
    for name, does in CHEATS.items():
        command = ["sh", "-c", does.replace("{", "{{") + "; echo '{{\"accuracy\": 1}}' > m.json"]
        project.variant(name, {"eval.sh": "fair"}, command=command, results="m.json", protect={"eval.sh": digest})
    project.plan(*(project.trial(name, **{**trial, "variant": name}) for name in CHEATS), stages=stages)
    assert project.run()[0] == 0
    changed = {"kind": "code", "detail": "the program has changed eval.sh, which is protected"}
    assert {name: project.outcome(name)["cause"] for name in CHEATS} == {
        **dict.fromkeys(CHEATS, changed),
        "fails": {"kind": "code", "detail": "no luck"},
        "reads": None,
    }


def test_configuration_files_lie_in_the_working_copy_and_are_written_anew_for_each_attempt(project):
    trial, stages = own(project)
    files = {"conf/run.json": {"format": "json", "base": None, "set": None}}
    command = ["sh", "-c", "cat conf/run.json; echo x > conf/run.json; test -e $EXPC_CHECKPOINT_DIR/c ||"
               " {{ touch $EXPC_CHECKPOINT_DIR/c; exit 85; }}; echo '{{\"a\": 1}}' > m.json"]  # fmt: skip
    project.variant("f", {"x": ""}, command=command, results="m.json", configurations=files)
    project.plan(project.trial("t1", **{**trial, "variant": "f", "params": {"model.width": 3}}), stages=stages)
    assert project.run()[0] == 0
    said = project.of("t1", "log.txt").read_text()
    count = str(project.count)
    assert said == 2 * (json.dumps({"count": count, "model": {"width": 3}, "seed": 0}, indent=2) + "\n")


def test_an_unknown_placeholder_is_named_with_those_that_there_are():
    with pytest.raises(Unfilled) as error:
        arguments(["{learning}"], {"params": {"lr": 1}, "seed": 0}, {"trial_dir": "/t"})
    assert str(error.value) == "{learning} in the command is no placeholder; allowed: {args}, lr, trial_dir, seed"


@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1), st.text(st.characters(exclude_categories=["Cs"]))))
@settings(max_examples=100, deadline=None)
def test_any_text_is_an_argument_as_it_is(params):
    found = arguments(["run", "{args}"], {"params": params, "seed": 1}, {})
    assert found == ["run", *(f"--{name}={value}" for name, value in params.items()), "--seed=1"]


STARTS = {
    "missing": (["no-such-program"], "start", "the program can't be started: there is no program no-such-program"),
    "misspelt": (["pyhton3", "x.py"], "start",
                 "the program can't be started: there is no program pyhton3; did you mean python3?"),
    "beside": (["program.sh"], "start",
               "the program can't be started: there is no program program.sh; program.sh is a file of the code: write "
               "./program.sh, or name its interpreter"),
    "nowhere": (["./other.sh"], "start", "the program can't be started: there is no file ./other.sh"),
    "foreign": (["./foreign"], "start",
                "the program can't be started: ./foreign is to be run by /usr/bin/pyhton3, which isn't there"),
    "windows": (["./windows"], "start",
                "the program can't be started: ./windows has Windows line endings, which its first line may not have: "
                "`sed -i 's/\\r$//' ./windows`"),
    "nothing": (["./nothing"], "start",
                "the program can't be started: ./nothing is nothing that this machine can execute: a script begins "
                "with a line such as #!/bin/sh"),
    "unready": (["./program.sh"], "start",
                "the program can't be started: ./program.sh may not be executed: `chmod +x ./program.sh`, or name its "
                "interpreter, as in `python ./program.sh`"),
    "unknown": (["sh", "{lr}"], "start",
                "{lr} in the command is no placeholder; allowed: {args}, count, checkpoint_dir, trial_dir, seed"),
    "nul": (["sh", "a\0b"], "start", "the program can't be started: an argument holds a NUL "
            "character, which no program can be given"),
    "fails": (["sh", "-c", "echo no luck; exit 4"], "code", "no luck"),
    "mute": (["true"], "metrics", "the program ended without its results file metrics.json"),
    "empty": (["sh", "-c", "echo {{}} > metrics.json"], "metrics",
              "the program measured nothing: metrics.json holds no metric"),
}  # fmt: skip


def test_a_command_that_does_not_work_is_a_failed_trial_with_the_reason(project):
    trial, stages = own(project)
    for name, (command, _, _) in STARTS.items():
        files = {"program.sh": PROGRAM, "foreign": "#!/usr/bin/pyhton3 -u\n", "nothing": "no magic\n"}
        files["windows"] = "#!/bin/sh\r\necho 1\r\n"
        project.variant(name, files, command=command, results="metrics.json")
        for executable in ("foreign", "nothing", "windows"):
            (project.folder / "results/code" / name / executable).chmod(0o755)
    project.plan(*(project.trial(name, **{**trial, "variant": name}) for name in STARTS), stages=stages)
    assert project.run()[0] == 0
    found = {name: project.outcome(name)["cause"] for name in STARTS}
    assert {name: (cause["kind"], cause["detail"]) for name, cause in found.items()} == {
        name: (kind, detail) for name, (_, kind, detail) in STARTS.items()
    }


def test_the_working_copy_is_fresh_and_kept_for_a_continuation(project):
    go_on = 'echo once >> ran; echo 1 > "$EXPC_CHECKPOINT_DIR/c"; sh program.sh; test $(wc -l < ran) = 2 || exit 85'
    trial, stages = own(project, command=["sh", "-c", go_on], results="metrics.json")
    project.plan(project.trial("t1", **{**trial, "keep": ["*"]}), stages=stages)
    assert project.run()[0] == 0
    assert project.attempts("t1") == ["continue", "done"]
    assert project.of("t1", "work", "ran").read_text() == "once\nonce\n"
    left = sorted(path.name for path in project.of("t1", "work").iterdir())
    assert left == ["metrics.json", "program.sh", "ran"]
    assert project.of("t1", "checkpoints", "c").exists()


def test_results_of_another_run_are_none_of_a_trial_s_and_their_folder_is_there(project):
    commands = {"writes": 'echo "{{\\"accuracy\\": 1}}" > out/deep/m.json', "forgets": "ls out/deep"}
    trials, stages = [], {}
    for name, command in commands.items():
        files = {"x": "", "out/other.txt": ""}
        project.variant(name, files, command=["sh", "-c", command], results="out/deep/m.json")
        left = project.folder / "results" / "code" / name / "out" / "deep"
        left.mkdir()
        (left / "m.json").write_text('{"accuracy": 7}')
        trials.append(project.trial(name, variant=name, checkpoints=[], data=None))
        stages = {"train": {"task": None, "metrics": [], "evaluated": False}}
    project.plan(*trials, stages=stages)
    assert project.run()[0] == 0
    assert project.outcome("writes")["metrics"] == {"test.accuracy": 1}
    detail = "the program ended without its results file out/deep/m.json"
    assert project.outcome("forgets")["cause"] == {"kind": "metrics", "detail": detail}
    assert project.of("writes", "work", "out", "other.txt").exists()


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda code: (code / "variant.json").unlink(),
        lambda code: [shutil.rmtree(code), code.mkdir(), (code / "variant.json").write_text("{}")],
    ],
    ids=["it is being made", "it was made"],
)
def test_code_that_is_made_anew_while_it_is_copied_starts_no_trial(tmp_path, monkeypatch, meanwhile):
    code, work = tmp_path / "code", tmp_path / "work"
    code.mkdir()
    (code / "variant.json").write_text("{}")
    (code / "made").write_text("by the build")
    copytree = shutil.copytree

    def interrupted(*arguments, **options):
        copytree(*arguments, **options)
        meanwhile(code)

    monkeypatch.setattr(shutil, "copytree", interrupted)
    for _ in range(2):  # the second time nothing has changed since it began, or it isn't there at all
        with pytest.raises(OSError, match="another start makes this code anew"):
            prepare(str(code), str(work), resuming=False)
        assert not work.exists()
    monkeypatch.setattr(shutil, "copytree", copytree)
    (code / "variant.json").write_text("{}")
    prepare(str(code), str(work), resuming=False)
    assert not (work / "variant.json").exists()


def test_rows_that_the_program_wrote_itself_stand_beside_its_results(project):
    rows = [{"name": "loss", "value": 2, "split": "validation", "step": 1}, {"name": "accuracy", "value": 0.1}]
    lines = " ".join(f"'{json.dumps(row)}'".replace("{", "{{").replace("}", "}}") for row in rows)
    command = f"printf '%s\\n' {lines} >> $EXPC_TRIAL_DIR/metrics.jsonl; sh program.sh"
    trial, stages = own(project, command=["sh", "-c", command], results="metrics.json")
    project.plan(project.trial("t1", **trial), stages=stages)
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"] == {"validation.loss": 2, "test.accuracy": 0.5}
    found = [json.loads(line) for line in project.of("t1", "metrics.jsonl").read_text().splitlines()]
    assert [(row["name"], row["value"], row["step"]) for row in found] == [("loss", 2, 1), ("accuracy", 0.5, None)]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("m.json", '{"accuracy": 1}', [("test", "accuracy", 1)]),
        ("m.json", '{"validation.loss": 0.5, "f1.macro": 2}', [("validation", "loss", 0.5), ("test", "f1.macro", 2)]),
        ("m.json", '{"train": {"loss": NaN, "acc": 1e999}}', [("train", "loss", None), ("train", "acc", None)]),
        ("m.json", '[{"name": "a", "value": 1, "split": "train"}]', [("train", "a", 1)]),
        (
            "m.json",
            '{"val": {"a": 1}, "dev.b": 2, "valid.c": 3}',
            [("validation", x, n + 1) for n, x in enumerate("abc")],
        ),
        (
            "m.json",
            '{"a": 1, "tag": "b", "args": {"lr": 1}, "done": true, "all": [1], "test": {"m": []}}',
            [("test", "a", 1)],
        ),
        ("m.jsonl", '{"name": "a", "value": 1}\n{"name": "a", "value": 2}\n', [("test", "a", 2)]),
    ],
)
def test_results_are_read_as_rows(tmp_path: Path, name, text, expected):
    (tmp_path / name).write_text(text)
    found = results(str(tmp_path / name), name)
    assert [(row["split"], row["name"], row["value"]) for row in found] == expected
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "m.json isn't JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("3", "m.json must hold an object of numbers or a list of rows"),
        ('{"a": "0.93"}', 'm.json: "value" of \'a\' must be a number or null, not "0.93"'),
        ('{"dev": {"a": "1e-3"}}', 'm.json, dev: "value" of \'a\' must be a number or null, not "1e-3"'),
        ('[{"name": "a", "value": true}]', "m.json, row 1: \"value\" of 'a' must be a number or null, not true"),
    ],
)
def test_results_that_are_none_are_said(tmp_path: Path, text, message):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(Unsound) as error:
        results(str(tmp_path / "m.json"), "m.json")
    assert str(error.value) == message
