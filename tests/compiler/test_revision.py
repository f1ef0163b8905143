"""A repository, refs and patches in, the code that is compiled and run out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.build import build
from expc.compiler.check import check_file
from expc.compiler.writing.generate import ChangedError, generate
from expc.compiler.writing.write import Compiled, workflow_files

SPEC = """\
expc: 1
name: own
task:
  command: python train.py {{args}}
  code: {{path: {path}, include: ["*.py"], protect: [eval.py]}}
  results: {{file: m.json}}
factors:
  code:
{levels}
baseline: {{code: {baseline}}}
metrics: {{score: {{goal: maximize}}}}
"""
TRAIN = "import eval\n\nrate = 1\nprint(eval.score(rate))\n"
PATCH = """\
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,4 +1,4 @@
 import eval
EMPTY
-rate = 1
+rate = RATE
 print(eval.score(rate))
""".replace("EMPTY", " ")


def git(folder: Path, *words: str) -> str:
    me = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false"]
    found = subprocess.run(
        ["env", "-u", "GIT_DIR", "git", *me, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a step")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a repository `repo` in it, whose code lies in its folder `lab`; branches main and mine."""
    folder = tmp_path / "repo" / "lab"
    folder.mkdir(parents=True)
    git(tmp_path / "repo", "init", "-q", "-b", "main")
    commit(folder, train=TRAIN, eval="def score(x):\n    return x\n")
    git(folder, "switch", "-q", "-c", "mine")
    commit(folder, train=TRAIN.replace("1", "2"), extra="a = 1\n")
    git(folder, "switch", "-q", "main")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_DIR", "/nonexistent")  # as a hook of another repository has it
    return folder


def written(baseline: str, path: str = "repo/lab", **levels: str) -> None:
    lines = "\n".join(f"    {name}: {{{sets}}}" for name, sets in levels.items())
    Path("spec.yaml").write_text(SPEC.format(levels=lines, baseline=baseline, path=path))


def compiled() -> Compiled:
    (one,), _ = build(["spec.yaml"], Path())
    return one


def rates(one: Compiled) -> dict[str, str]:
    """Level -> the line of train.py that the generated code has."""
    recipes = json.loads(workflow_files([one], Path())["experiments.json"])["variants"]
    found = {}
    for cell in one.plan.cells:
        target = Path("generated") / cell.condition["code"]
        generate(cell.variant, recipes[cell.variant], target, Path())
        found[cell.condition["code"]] = (target / "train.py").read_text().splitlines()[2]
    return found


def ids(one: Compiled) -> dict[str, str]:
    return {cell.condition["code"]: cell.trials[0].id for cell in one.plan.cells}


def test_a_level_is_a_ref_or_a_patch_or_both(repository: Path) -> None:
    Path("three.diff").write_text(PATCH.replace("RATE", "3"))
    Path("four.diff").write_text(PATCH.replace("-rate = 1", "-rate = 2").replace("RATE", "4"))
    Path("five.diff").write_text(PATCH.replace("-rate = 1", "-rate = 4").replace("RATE", "5"))
    first = git(repository, "rev-parse", "main")
    written(
        "main",
        main="code.ref: main",
        now="code.ref: null",
        mine="code.ref: mine",
        three="code.patch: three.diff",
        both="code.ref: mine, code.patch: [four.diff, five.diff]",
        commit=f'code.ref: "{first[:10]}", size: 3',
    )
    (repository / "train.py").write_text(TRAIN.replace("1", "9"))
    (repository / "extra.py").write_text("never seen\n")
    assert [finding.code for finding in check_file("spec.yaml")] == ["E412"], "the patch is for what is committed"
    git(repository, "checkout", "-q", ".")
    (repository / "extra.py").unlink()
    one = compiled()
    assert rates(one) == {
        "main": "rate = 1", "now": "rate = 1", "mine": "rate = 2", "three": "rate = 3", "both": "rate = 5",
        "commit": "rate = 1",
    }  # fmt: skip
    assert (Path("generated/mine/extra.py")).read_text() == "a = 1\n"
    params = {cell.condition["code"]: cell.params for cell in one.plan.cells}
    assert params == {name: '{"size":3}' if name == "commit" else "{}" for name in params}
    choices = {variant.files["train.py"]: variant.choices for variant in one.plan.variants.values()}
    assert {tuple(choice) for choice in choices.values()} == {
        ("code.ref",),
        ("code.patch",),
        ("code.ref", "code.patch"),
    }
    assert not list(repository.glob("../.git/*.lock"))


def test_links_that_lead_out_of_a_repository_are_its_own_business(repository: Path) -> None:
    (repository / "data").symlink_to("/nonexistent/data")
    (repository / "shared").symlink_to("../../../../shared")
    git(repository, "add", ".")
    commit(repository)
    written("main", main="code.ref: main", mine="code.ref: mine")
    assert rates(compiled()) == {"main": "rate = 1", "mine": "rate = 2"}


def test_refs_with_the_same_files_are_one_variant_and_a_branch_that_moves_is_another(repository: Path) -> None:
    git(repository, "branch", "same")
    git(repository, "switch", "-q", "same")
    commit(repository)
    git(repository, "switch", "-q", "main")
    written("main", main="code.ref: main", same="code.ref: same", mine="code.ref: mine")
    one = compiled()
    before = ids(one)
    assert before["main"] == before["same"] != before["mine"]
    assert len(one.plan.variants) == 2
    git(repository, "switch", "-q", "mine")
    commit(repository, train=TRAIN.replace("1", "2") + "# why\n")
    assert ids(compiled()) == before, "comments decide nothing"
    commit(repository, train=TRAIN.replace("1", "7"))
    assert rates(one)["mine"] == "rate = 2", "what was compiled holds the commit"
    after = compiled()
    assert {name: identity == before[name] for name, identity in ids(after).items()} == {
        "main": True, "same": True, "mine": False,
    }  # fmt: skip
    assert rates(after)["mine"] == "rate = 7"


def test_what_isn_t_asked_for_is_no_part_of_an_identity(repository: Path) -> None:
    written("main", main="code.ref: main", mine="code.ref: mine")
    by_ref = ids(compiled())
    written("now", now="code.ref: null")
    assert ids(compiled())["now"] == by_ref["main"]
    for added in ('resume: "--from {checkpoint}"', "results: {file: m.json}"):
        text = (
            Path("spec.yaml")
            .read_text()
            .replace("  results: {file: m.json}", f"  {added}\n  results: {{file: m.json}}")
        )
        Path("spec.yaml").write_text(text if added.startswith("resume") else text.replace(f"  {added}\n", "", 1))
        assert ids(compiled())["now"] == by_ref["main"]
    Path("spec.yaml").write_text(Path("spec.yaml").read_text().replace(", protect: [eval.py]", ""))
    assert ids(compiled())["now"] == by_ref["main"]
    Path("spec.yaml").write_text(Path("spec.yaml").read_text().replace("  resume:", "  build: make\n  resume:"))
    assert ids(compiled())["now"] != by_ref["main"]


CHANGES: dict[str, tuple[Callable[[Path], object], str | None]] = {
    "nothing": (lambda repository: None, None),
    "another patch": (lambda repository: Path("p.diff").write_text(PATCH.replace("RATE", "8")), "p.diff"),
    "no patch": (lambda repository: Path("p.diff").unlink(), "p.diff"),
    "what it is for": (lambda repository: (repository / "eval.py").write_text("x = 1\n"), "repo/lab/eval.py"),
}


@pytest.mark.parametrize(("change", "named"), CHANGES.values(), ids=CHANGES)
def test_code_that_changed_since_is_named(
    repository: Path, change: Callable[[Path], object], named: str | None
) -> None:
    Path("p.diff").write_text(PATCH.replace("RATE", "3"))
    written("mine", mine="code.patch: p.diff")
    one = compiled()
    change(repository)
    if named is None:
        assert rates(one) == {"mine": "rate = 3"}
        return
    with pytest.raises(ChangedError) as error:
        rates(one)
    assert str(error.value) == f"{named} has changed since `expc compile`; compile again"


def branch(repository: Path, **files: str) -> None:
    git(repository, "switch", "-q", "-c", "cheat", "mine")
    commit(repository, **files)
    git(repository, "switch", "-q", "main")


def problems(**more: Any) -> list[tuple[int, str, str]]:
    return [(found.line, found.code, found.message) for found in check_file("spec.yaml")]


def test_a_ref_that_changes_or_lacks_a_protected_file_is_an_error_at_its_level(repository: Path) -> None:
    branch(repository, eval="def score(x):\n    return x + 1\n")
    git(repository, "switch", "-q", "-c", "bare", "main")
    git(repository, "rm", "-q", "eval.py")
    commit(repository)
    git(repository, "switch", "-q", "main")
    written("main", cheat="code.ref: cheat", main="code.ref: main", mine="code.ref: mine", bare="code.ref: bare")
    assert problems() == [
        (9, "E348", "eval.py is protected, and changed in cheat (compared with main)"),
        (12, "E348", "eval.py is protected, and missing in bare (compared with main)"),
    ]


def test_the_hunk_that_does_not_fit_is_named(repository: Path) -> None:
    long = "".join(f"line = {number}\n" for number in range(30))
    commit(repository, train=long)
    lines = long.replace("line = 20", "line = 0").splitlines()
    hunks = "@@ -2,3 +2,3 @@\n line = 1\n-line = 2\n+line = 3\n line = 3\n@@ -20,3 +20,3 @@ def f\n {}\n-{}\n+x\n {}\n"
    Path("p.diff").write_text("--- a/train.py\n+++ b/train.py\n" + hunks.format(*lines[19:22]))
    written("now", now="code.patch: null", mine="code.patch: p.diff")
    (found,) = problems()
    assert found == (
        10,
        "E412",
        "p.diff doesn't apply: the hunk '@@ -20,3 +20,3 @@ def f' doesn't fit train.py, line 20",
    )


@pytest.mark.parametrize("before", ["a/repo-wide/", "a/", ""])
def test_a_patch_may_be_made_anywhere_in_the_repository(repository: Path, before: str) -> None:
    prefix = {"a/repo-wide/": ("a/lab/", "b/lab/"), "a/": ("a/", "b/"), "": ("", "")}[before]
    text = PATCH.replace("RATE", "3").replace("--- a/", f"--- {prefix[0]}").replace("+++ b/", f"+++ {prefix[1]}")
    Path("p.diff").write_text("\n".join(text.splitlines()[1:]) + "\n")
    written("mine", mine="code.patch: p.diff")
    assert rates(compiled()) == {"mine": "rate = 3"}


@pytest.mark.parametrize(
    ("ref", "message", "hint"),
    [
        ("mien", "the repository of repo/lab has no branch, tag or commit 'mien'", "did you mean 'mine'?"),
        ("main:lab", "the repository of repo/lab has no branch, tag or commit 'main:lab'", "did you mean 'main'?"),
        ("-x", "'-x' is no branch, tag or commit", "names of these don't begin with a dash"),
        ("empty", "the files of ", "is repo/lab a folder of it?"),
    ],
)
def test_a_ref_that_is_none_is_said_to_be(repository: Path, ref: str, message: str, hint: str) -> None:
    git(repository, "switch", "-q", "--orphan", "empty")
    git(repository.parent, "commit", "-q", "--allow-empty", "-m", "nothing")
    git(repository.parent, "switch", "-q", "main")
    written("now", now="code.ref: null", other=f'code.ref: "{ref}"')
    (found,) = [found for found in check_file("spec.yaml") if found.code == "E411"]
    assert (found.line, found.column) == (10, 23)
    assert found.message.startswith(message)
    assert found.hint.startswith(hint)


def test_without_a_repository_or_git_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    written("now", now="code.ref: null", other="code.ref: main")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert problems() == [(10, "E411", "git isn't there, and code.ref and code.patch need it")]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repo" / ".git").rename(tmp_path / "elsewhere")
    ((line, code, message),) = problems()
    assert (line, code) == (10, "E411")
    assert message.startswith("repo/lab is in no git repository: not a git repository")


def test_an_ablation_that_changes_the_code_and_a_parameter_removes_two_things(repository: Path) -> None:
    Path("three.diff").write_text(PATCH.replace("-rate = 1", "-rate = 2").replace("RATE", "3"))
    spec = SPEC.partition("factors:")[0].format(path="repo/lab")
    levels = {
        "mine": "code.ref: mine",
        "patched": "code.ref: mine, code.patch: three.diff",  # together they are one code
        "both": "code.ref: mine, size: 2",
        "size": "size: 2",
    }
    lines = "".join(f"  {name}: {{{sets}}}\n" for name, sets in levels.items())
    metrics = "metrics: {score: {goal: maximize}}\n"
    Path("spec.yaml").write_text(f"{spec}params: {{code.ref: main, size: 1}}\nablation:\n{lines}{metrics}")
    assert [(finding.code, finding.message) for finding in check_file("spec.yaml")] == [
        ("R009", "'both' removes more than one thing: it changes the code, size")
    ]
