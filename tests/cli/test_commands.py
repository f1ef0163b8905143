"""What the commands print, and how they end."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expc import __version__

from .conftest import Called, finish, planned

Call = Callable[..., Called]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 64, "Missing command"),
        (("frobnicate",), 64, "No such command 'frobnicate'"),
        (("check",), 64, "Missing argument"),
        (("plan", "--format", "xml", "x.yaml"), 64, "'xml' is not one of"),
        (("run", "--only"), 64, "Missing argument"),
        (("run", "x.yaml", "opt.lr=0.1"), 64, "under `params: {opt.lr: …}`"),
        (("explain", "E999"), 1, "there is no code E999"),
        (("explain", "E301", "E999"), 1, "there is no code E999"),
        (("schema", "--task", "tabular", "--site"), 64, "ask for one of them"),
        (("compile", "--site", "lab.yaml", "--no-site", "x.yaml"), 64, "--site and --no-site exclude each other"),
        (("graph", "--output", "", "x.yaml"), 64, "--output has no name"),
        (("compile", "nowhere.yaml"), 1, "nowhere.yaml:1:1: E101"),
        (("plan", "--detailed-exitcode", "nowhere.yaml"), 1, "E101"),
        (("tables",), 1, "there is no workflow here"),
        (("retry",), 1, "there is no workflow here"),
        (("internal", "collect", "toy"), 1, "there is no workflow here"),
    ],
)
def test_a_mistake_gets_its_exit_code_and_words(call: Call, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, _, error = call(*arguments)
    assert (found, words in error) == (code, True), error


def test_a_pipe_is_not_waited_for_and_a_link_to_itself_is_said_in_words(call: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    code, output, _ = call("check", "--skip-others", "pipe.yaml")
    assert (code, output) == (0, "0 specs: nothing to complain about.\n")
    code, output, _ = call("check", "pipe.yaml", "loop.yaml")
    assert (code, output.splitlines()[:4:2]) == (
        1,
        [
            "pipe.yaml:1:1: E101 can't be read: it is not a regular file",
            "loop.yaml:1:1: E101 can't be read: Too many levels of symbolic links",
        ],
    )


def test_a_bug_of_ours_is_called_one(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expc.compiler.explain.codes", lambda: 1 / 0)
    code, _, error = call("explain", "E999")
    assert code == 3
    assert error.endswith("This is a bug of expc. Please report it, with the lines above and the spec.\n")


def test_interrupted_is_130(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("expc.compiler.explain.codes", interrupted)
    assert call("explain", "E999") == (130, "", "\n")  # the newline is click's, after a terminal's ^C


def test_check_says_the_same_in_text_and_json(call: Call, toy: Path) -> None:
    toy.write_text(toy.read_text().replace("baseline: {x: 1}\n", ""))
    text = (
        "spec.yaml:4:1: R001 the experiment compares conditions, and none of them is the baseline\n"
        "    say what the others are compared with: `baseline: {x: 1}`\n"
        "0 errors, 1 weakness; `expc explain R001` says more.\n"
    )
    assert call("check", "spec.yaml") == (0, text, "")
    assert call("check", "--strict", "spec.yaml")[0] == 1
    code, output, _ = call("check", "--format", "json", "spec.yaml")
    (finding,) = json.loads(output)
    assert code == 0
    assert (finding["line"], finding["column"], finding["code"]) == (4, 1, "R001")
    assert f"{finding['message']}\n    {finding['hint']}" in text


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (["seed: 2", "seeed: 3"], "2 errors, 0 weaknesses; `expc explain E201` says more."),
        (
            ["seed: 2", "baseline: {x: 3}", "exclude: [{z: 1}]"],
            "3 errors, 0 weaknesses; `expc explain E201 E304 E303` says more.",
        ),
        (
            ["seed: 2", "order: sideways", "baseline: {x: 3}", "exclude: [{z: 1}]"],
            "4 errors, 0 weaknesses; `expc explain E201` says more, and so for the 3 other codes above.",
        ),
    ],
)
def test_at_the_end_of_a_check_stands_how_to_read_more(call: Call, toy: Path, lines: list[str], end: str) -> None:
    toy.write_text("\n".join([toy.read_text().replace("baseline: {x: 1}\n", "").rstrip("\n"), *lines, ""]))
    _, output, _ = call("check", "spec.yaml")
    assert output.splitlines()[-1] == end, output


def test_several_codes_are_explained_one_after_the_other_and_each_once(call: Call) -> None:
    one, other = (call("explain", code)[1] for code in ("E301", "R001"))
    assert call("explain", "E301", "r001", "e301") == (0, f"{one}{other}", "")


def test_a_file_that_another_spec_imports_is_checked_there(call: Call, toy: Path, tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("import: [deeper.yaml]\nseeds: 3\n")
    (tmp_path / "deeper.yaml").write_text("budget: {trials: 100}\n")
    (tmp_path / "versioned.yaml").write_text("expc: 1\norder: seeds-last\n")
    toy.write_text(f"{toy.read_text()}import: [common.yaml, versioned.yaml]\n".replace("seeds: 2\n", ""))
    assert call("check", "common.yaml", "./deeper.yaml", "versioned.yaml", "spec.yaml") == (
        0,
        "common.yaml is no spec, but spec.yaml imports it: it was checked there.\n"
        "./deeper.yaml is no spec, but spec.yaml imports it: it was checked there.\n"
        "versioned.yaml is no spec, but spec.yaml imports it: it was checked there.\n"
        "1 spec: nothing to complain about.\n",
        "",
    )
    assert call("check", "common.yaml")[:2] == (
        1,
        "common.yaml:1:1: E202 this is no spec: it has no `expc`, no `name` and no `task`\n"
        "    begin it with `expc: 1`; if specs import it, check these, and it is checked with them\n"
        "1 error, 0 weaknesses; `expc explain E202` says more.\n",
    )


def test_plan_shows_what_would_run_and_what_it_would_cost(call: Call, toy: Path, tmp_path: Path) -> None:
    code, output, _ = call("plan", "--detailed-exitcode", "spec.yaml")
    assert code == 2
    assert output.splitlines()[:3] == [
        "toy: 4 trials: 0 done, 4 new",
        "  + train  x=1  seeds 0,1",
        "  + train  x=2  seeds 0,1",
    ]
    assert "how long they take is not known" in output
    call("compile", "spec.yaml")
    for trial in planned(tmp_path)[:3]:
        finish(tmp_path, trial)
    code, output, _ = call("plan", "spec.yaml")
    assert code == 0
    assert "toy: 4 trials: 3 done, 1 new" in output
    assert "(the median of 3 finished trials of train)" in output
    finish(tmp_path, planned(tmp_path)[3], "failed")
    code, output, _ = call("plan", "--detailed-exitcode", "spec.yaml")
    assert (code, output.splitlines()) == (
        0,
        ["toy: 4 trials: 3 done, 1 failed", "  Nothing to do; `expc retry` runs failed trials again."],
    )


def test_tables_are_built_from_what_is_there(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    for trial in planned(tmp_path)[:3]:
        finish(tmp_path, trial)
    code, output, _ = call("tables", "toy")
    assert code == 0
    assert "n=1/2" in output
    assert output.splitlines()[-6:] == [
        "- The trials of each cell: `results/toy/tables/main.csv`.",
        "",
        "results/toy/results.csv",
        "results/toy/curves.csv",
        "results/toy/tables/main.md",
        "results/toy/tables/main.csv",
    ]
    assert call("tables", "spec.yaml")[:2] == (0, output)
    code, _, error = call("tables", "tory")
    assert (code, "did you mean 'toy'?" in error) == (1, True)


def test_tables_of_a_clone_that_has_no_trials_keep_their_numbers(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    for trial in planned(tmp_path):
        finish(tmp_path, trial)
    call("tables")
    results = tmp_path / "results"
    before = {path: path.read_bytes() for path in (results / "toy").rglob("*") if path.is_file()}
    (results / "trials").rename(tmp_path / "not committed")
    code, output, error = call("tables")
    assert (code, output) == (1, "")
    assert error == (
        "results/toy/results.csv has the numbers of 4 trials, and results/trials has none of them: new tables would"
        " have no numbers. Nothing was changed.\n"
        "    Put results/trials here, or let `expc run` run them; or delete results/toy, and build it anew.\n"
    )
    assert {path: path.read_bytes() for path in before} == before
    finish(tmp_path, planned(tmp_path)[0])  # one of them is enough to go on
    assert "n=1/2" in call("tables")[1]


def test_rows_that_have_changed_since_are_told_of_below_the_tables(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    first, *_ = planned(tmp_path)
    finish(tmp_path, first)
    folder = tmp_path / "results/trials" / first["id"]
    outcome = json.loads((folder / "outcome.json").read_text())
    (folder / "outcome.json").write_text(json.dumps(outcome | {"metrics": {"test.accuracy": 0.123}}))
    os.utime(folder / "outcome.json", (1, 1))
    assert call("tables")[1].splitlines()[-1].startswith(f"NOT WHAT WAS MEASURED: results/trials/{first['id']}/metrics")


def test_who_looks_from_outside_of_a_project_is_told_where_its_results_are(
    call: Call, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("compile", "spec.yaml")
    assert "project of its own" not in call("plan", "spec.yaml")[1]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert call("plan", "../spec.yaml")[1].splitlines()[-1] == (
        ".. is a project of its own, in which spec.yaml was compiled; its results are not looked at from here, and all"
        " would run anew: `cd ..` first"
    )


def test_retry_takes_failed_trials_only(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    assert call("retry") == (0, "No trial has failed.\n", "")
    done, failed, *_ = planned(tmp_path)
    finish(tmp_path, done)
    finish(tmp_path, failed, "failed")
    code, output, _ = call("retry")
    assert (code, output) == (
        0,
        f"{failed['id']}  train  x=1  seed 1: runs again\nStart them: `expc run spec.yaml`.\n",
    )
    left = sorted(path.parent.name for path in tmp_path.glob("results/trials/*/outcome.json"))
    assert left == [done["id"]]
    assert call("retry", done["id"][:6])[1] == f"{done['id']} has not failed; it stays\n"
    assert "no trial is called 'zzz'; say an id" in call("retry", "zzz")[2]


def test_retry_takes_trials_by_what_they_have(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    trials = planned(tmp_path)
    for trial in trials:
        finish(tmp_path, trial, "failed")
    assert call("retry", "x=2", "seed=0")[1].splitlines() == [
        f"{trials[2]['id']}  train  x=2  seed 0: runs again",
        "Start them: `expc run spec.yaml`.",
    ]
    assert call("retry", "x=2", "seed=0")[1] == "No trial of x=2 seed=0 has failed.\n"
    assert call("retry", "x=3")[2].startswith("no trial has x=3; ")


def test_a_workflow_that_is_not_current_says_why_where_that_can_be_told(call: Call, toy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workflow"
    assert call("compile", "--check", "spec.yaml")[:2] == (
        1,
        "There is no workflow/ here.\nRun `expc compile spec.yaml`.\n",
    )
    call("compile", "spec.yaml")
    rules = sorted((folder / "rules").iterdir())
    for path in rules:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    experiments = folder / "experiments.json"
    experiments.write_text(experiments.read_text().replace(f'"expc": "{__version__}"', '"expc": "0.0.1"'))
    late = [
        "workflow/experiments.json is not current",
        *(f"workflow/rules/{path.name} is not current" for path in rules),
    ]
    assert call("compile", "--check", "spec.yaml")[:2] == (
        1,
        "\n".join(
            [
                *late[:8],
                *([f"and {len(late) - 8} more"] if len(late) > 8 else []),
                f"It was written by expc 0.0.1, and this is {__version__}.",
                "Git has changed the line ends (core.autocrlf): a line `* -text` in .gitattributes keeps it from that;"
                " commit it, and check out the files anew.",
                "Run `expc compile spec.yaml`.\n",
            ]
        ),
    )
    code, _, error = call("compile", "spec.yaml")
    assert (code, error.splitlines()[1].strip()[:31]) == (1, "git has changed the line ends (")


def test_without_its_cluster_a_workflow_has_no_profile_and_says_that_it_changed(
    call: Call, toy: Path, tmp_path: Path
) -> None:
    (tmp_path / "lab.yaml").write_text("site: 1\nname: lab\npartitions: {main: {time: 1h}}\n")
    call("compile", "spec.yaml", "--site", "lab.yaml")
    assert call("compile", "spec.yaml", "--no-site", "--check")[1].splitlines() == [
        "workflow/profiles/slurm/profile.yaml is not current",
        "workflow/site.json is not current",
        "Run `expc compile spec.yaml --no-site`.",
    ]
    assert call("compile", "spec.yaml", "--no-site")[1].endswith("\nWrote workflow/; start it with `snakemake`.\n")
    assert sorted(path.name for path in (tmp_path / "workflow/profiles").iterdir()) == ["default"]
    assert call("compile", "spec.yaml", "--no-site")[1].endswith("\nworkflow/ was current already.\n")


def test_a_site_file_is_no_spec_and_it_is_said_how_to_use_it(call: Call, tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("site: 1\nname: lab\npartitions: {main: {time: 1h}}\n")
    assert call("check", "lab.yaml")[:2] == (
        1,
        "lab.yaml:1:1: E201 this is a site file: it describes a cluster, and is no spec\n"
        "    name it beside a spec, `expc check SPEC --site lab.yaml`, or `expc doctor --site lab.yaml`\n"
        "1 error, 0 weaknesses; `expc explain E201` says more.\n",
    )


def test_a_workflow_of_another_version_says_so(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    path = tmp_path / "workflow/experiments.json"
    path.write_text(path.read_text().replace('"expc": "0.1.0"', '"expc": "0.0.1"'))
    code, _, error = call("internal", "collect", "toy")
    assert (code, error.startswith("this workflow was made by expc 0.0.1, and this is expc ")) == (1, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"experiments": {', ":1:18 is damaged: Expecting property name enclosed in double quotes"),
        ("", " is damaged: it is empty"),
        ('{"expc":\n<<<<<<< HEAD\n"1"}', ":2:1 is damaged: git left a conflict in it (<<<<<<< HEAD)"),
        ("[" * 100_000, " is damaged: it is nested too deeply"),
        ("[]", " is damaged: it must be an object, not []"),
        ('{"data": {}, "variants": {}}', " is damaged: it lacks expc, experiments"),
        (
            '{"data": [], "variants": {}, "expc": "1", "experiments": {}}',
            " is damaged: data must be an object, not []",
        ),
        (
            '{"data": {}, "variants": {"v": 7}, "expc": "1", "experiments": {}}',
            " is damaged: variants.v must be an object, not 7",
        ),
        (
            '{"data": {}, "variants": {}, "expc": "1", "experiments": {"toy": {"tables": {}, "figures": {}}}}',
            " is damaged: experiments.toy lacks plan",
        ),
        (
            '{"data": {}, "variants": {}, "expc": "1", '
            '"experiments": {"toy": {"plan": "../x", "tables": {}, "figures": {}}}}',
            ' is damaged: experiments.toy.plan must be hexadecimal digits, not "../x"',
        ),
    ],
)
def test_a_damaged_workflow_is_not_taken_for_none(call: Call, toy: Path, tmp_path: Path, text: str, why: str) -> None:
    assert call("compile", "spec.yaml")[0] == 0
    (tmp_path / "workflow/experiments.json").write_text(text)
    said = (
        f"workflow/experiments.json{why}.\n"
        "    Delete it, and run `expc compile` with all specs of this project: no result is lost.\n"
    )
    for command in ("status", "tables", "logs", "retry", "graph", "cost", "cancel", "accept"):
        assert call(command) == (1, "", said), command
    assert call("plan", "spec.yaml")[0] == 0
    (tmp_path / "workflow/experiments.json").unlink()
    assert call("compile", "spec.yaml")[0] == 0
    assert call("status")[0] == 0


@pytest.mark.slow
def test_the_doctor_names_a_damaged_workflow(call: Call, toy: Path, tmp_path: Path) -> None:
    assert call("compile", "spec.yaml")[0] == 0
    (tmp_path / "workflow/experiments.json").write_text("[]")
    said = "workflow/experiments.json is damaged: it must be an object, not []."
    assert said in call("doctor")[1]


def without_its_last_line(text: bytes) -> bytes:
    return text[: text.rindex(b"\n", 0, -1) + 1]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: b"", ":1 is damaged: it is empty"),
        (lambda text: b"{", ":1:2 is damaged: Expecting property name enclosed in double quotes"),
        (lambda text: b"[1]", ":1 is damaged: a line must be an object, not [1]"),
        (lambda text: b"[" * 100_000, ":1 is damaged: it is nested too deeply"),
        (lambda text: text.replace(b"\n", b"\n<<<<<<< HEAD\n", 1), ":2:1 is damaged: git left a conflict in it"),
        (lambda text: text + b"\xff", ":6:1 is damaged: this isn't UTF-8"),
        (lambda text: text[:-9] + bytes(9), ":5:"),
        (lambda text: text.replace(b'"seed":1', b'"seed":2'), " is damaged: it isn't what `expc compile` wrote"),
        (without_its_last_line, " is damaged: it isn't what `expc compile` wrote"),
        (lambda text: text.replace(b'{"plan":1', b'{"plan":2'), " is damaged: it isn't what `expc compile` wrote"),
    ],
)
def test_a_damaged_plan_is_said_in_words(
    call: Call, toy: Path, tmp_path: Path, damage: Callable[[bytes], bytes], why: str
) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    plan.write_bytes(damage(plan.read_bytes()))
    name = plan.relative_to(tmp_path)
    for command in ("status", "logs", "cost", "retry", "tables", "graph", "cancel"):
        code, _, error = call(command)
        assert (code, error.startswith(f"{name}{why}")) == (1, True), (command, error)
        assert error.endswith("\n    Delete it, and run `expc compile` again: no result is lost.\n"), error
    plan.unlink()
    said = f"{name} isn't there.\n    Run `expc compile` again: no result is lost.\n"
    assert call("status") == (1, "", said)
    plan.symlink_to("nowhere")
    assert call("status") == (
        1,
        "",
        f"{name} is a link that leads nowhere.\n    Delete it, and run `expc compile` again: no result is lost.\n",
    )
    plan.unlink()
    assert call("compile", "spec.yaml")[0] == 0
    assert call("status")[0] == 0


def test_line_ends_of_another_system_and_a_byte_order_mark_do_no_harm(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    (plan,) = (tmp_path / "workflow/plans").glob("*.jsonl")
    plan.write_bytes(plan.read_bytes().replace(b"\n", b"\r\n"))
    stated = tmp_path / "workflow/experiments.json"
    stated.write_bytes(b"\xef\xbb\xbf" + stated.read_bytes().replace(b"\n", b"\r\n"))
    assert call("status")[0] == 0


def test_a_trial_that_is_being_worked_on_is_not_retried(call: Call, toy: Path, tmp_path: Path) -> None:
    call("compile", "spec.yaml")
    trial = planned(tmp_path)[0]
    finish(tmp_path, trial, "failed")
    with (tmp_path / "results/trials" / trial["id"] / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, error = call("retry")
    assert (code, error) == (
        1,
        f"trial {trial['id']} is being worked on; stop its run first, or wait for it\n",
    )


@pytest.mark.slow
def test_files_beside_the_spec_do_not_stand_in_for_libraries(toy: Path, tmp_path: Path) -> None:
    for name in ("statistics", "queue", "csv", "types", "click"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the library')\n")
    toy.write_text(toy.read_text().replace("true {x}", "sh work.sh {x}"))
    row = '{\\"name\\": \\"m\\", \\"value\\": %s}\\n'
    (tmp_path / "work.sh").write_text(f'printf "{row}" "$1" >>"$EXPC_TRIAL_DIR/metrics.jsonl"\n')
    command = [sys.executable, "-P", "-m", "expc", "run", "spec.yaml"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "4 of 4 trials done" in ran.stdout
