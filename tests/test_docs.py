"""The pages under docs/ in, their examples compiled and run out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from expc.compiler.check import check, check_file
from expc.compiler.digest import Digests
from expc.compiler.meaning.arithmetic import compute
from expc.compiler.meaning.formula import FUNCTIONS, parse
from expc.compiler.reading.load import read
from expc.compiler.templates.template import load_template
from expc.runner.environment import of_trial
from expc.runner.own import text as given

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page that are of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [block for its, block in found if its == language]


def run(folder: Path, files: Mapping[str, str]) -> str:
    """What `expc run` says of the specs among the files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    specs = [name for name in files if name.endswith(".yaml")]
    command = [sys.executable, "-m", "expc", "run", *specs]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def table(text: str) -> list[list[str]]:
    """The cells of the first table in Markdown, without the stars of bold numbers."""
    first = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert first
    lines = first[0].splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]


def test_values_arrive_as_the_page_says(tmp_path: Path) -> None:
    page = (DOCS / "own-programs.md").read_text(encoding="utf-8")
    kinds = {"a number": (int, float), "true or false": bool, "a text": str, "a list": list}
    head, *rows = table(page[page.index("| in the spec |") :])
    assert (head, len(rows)) == (["in the spec", "what it is", "what a program gets"], 16)
    for written, kind, arrives in rows:
        (tmp_path / "spec.yaml").write_text(f"value: {written.strip('`')}\n")
        value = read(str(tmp_path / "spec.yaml")).value["value"]
        assert (isinstance(value, kinds[kind]), given(value)) == (True, arrives.strip("`")), written


@pytest.mark.slow
def test_own_programs_run_as_their_page_shows_it(tmp_path: Path) -> None:
    pi, walk = blocks("own-programs.md", "python")
    pi_spec, walk_spec = (block for block in blocks("own-programs.md", "yaml") if block.startswith("expc: 1\n"))
    said = run(tmp_path, {"pi.py": pi, "walk.py": walk, "pi.yaml": pi_spec, "walk.yaml": walk_spec})
    assert "28 of 28 trials done, 0 failed" in said
    page = (DOCS / "own-programs.md").read_text(encoding="utf-8")
    shown = page[page.index("| sampler |") :]
    assert table(shown) == table(said), "the random numbers of Python are the same everywhere"
    ledgers = [path.read_text(encoding="utf-8") for path in tmp_path.glob("results/trials/*/attempts.jsonl")]
    statuses = [
        tuple(row["status"] for row in map(json.loads, text.splitlines()) if "ended" in row) for text in ledgers
    ]
    assert Counter(statuses) == {("done",): 20, ("continue", "done"): 8}


@pytest.mark.slow
def test_a_method_trains_as_its_page_shows_it(tmp_path: Path) -> None:
    (method,) = blocks("methods.md", "python")
    (spec,) = (block for block in blocks("methods.md", "yaml") if "methods/residual.py" in block)
    said = run(tmp_path, {"methods/residual.py": method, "spec.yaml": spec})
    assert "4 of 4 trials done, 0 failed" in said
    page = (DOCS / "methods.md").read_text(encoding="utf-8")
    shown, found = table(page[page.index("| model    |") :]), table(said)
    assert [row[0] for row in shown] == [row[0] for row in found] == ["model", "plain", "residual"]
    assert shown[0] == found[0]
    means = [[float(cell.split(" ± ")[0]) for cell in row[1:]] for rows in (shown, found) for row in rows[1:]]
    assert means[2:] == [pytest.approx(row, abs=0.05) for row in means[:2]]


def test_the_designs_have_as_many_conditions_as_their_page_says(tmp_path: Path) -> None:
    crossed, changed, zipped, around, ablation = blocks("designs.md", "yaml")
    head = "expc: 1\nname: digits\ntask: image-classification\ndata: {digits: {source: sklearn}}\n"
    found = []
    for text in (crossed, crossed + changed, zipped, around, ablation):
        (tmp_path / "spec.yaml").write_text(head + text, encoding="utf-8")
        found.append(len(check(str(tmp_path / "spec.yaml"), tmp_path, Digests(tmp_path)).plan.cells))
    assert found == [4, 3, 6, 6, 4]


def in_words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(list(value) if isinstance(value, tuple) else value)


def rows_of(heading: str) -> dict[str, str]:
    """Parameter -> the second column of the table under a line that begins so."""
    page = (DOCS / "methods.md").read_text(encoding="utf-8")
    rows = table(page[page.index(f"\n{heading}") :])[1:]
    return {row[0].strip("`"): row[1] for row in rows}


def test_the_templates_have_the_parameters_and_defaults_that_their_page_names() -> None:
    images, texts = (
        load_template(ROOT / "templates" / name) for name in ("image-classification", "text-classification")
    )
    shared = [name for name in images.parameters if name in texts.parameters and name != "hidden"]
    shown = {name: in_words(images.parameters[name].default) for name in shared}
    for name in shared:
        other = in_words(texts.parameters[name].default)
        if other != shown[name]:
            shown[name] = f"{shown[name]} for images, {other} for texts"
    assert rows_of("What the two for images and texts have:") == shown
    assert rows_of("Of `tabular`:") == {
        name: in_words(p.default) for name, p in load_template(ROOT / "templates" / "tabular").parameters.items()
    }
    for template in (images, texts):
        own = {name: in_words(p.default) for name, p in template.parameters.items() if name not in shared}
        assert rows_of(f"Of `{template.name}`:") == own


def test_the_page_on_own_programs_names_every_variable_that_is_set() -> None:
    page = (DOCS / "own-programs.md").read_text(encoding="utf-8")
    found = of_trial("trial", "home", 1, (), {"init": "checkpoint"}, {"base": "base.pt"})
    ours = {name for name in found if name.startswith("EXPC_")} - {"EXPC_CHECKPOINTS"}  # for templates only
    assert [name for name in sorted({*ours, "EXPC_DEADLINE", "HOME"}) if f"`{name}`" not in page] == []


def test_the_page_on_sst2_shows_the_examples_spec() -> None:
    comments, spec = (ROOT / "examples/sst2-encoders/spec.yaml").read_text(encoding="utf-8").split("expc: 1\n")
    assert all(line.startswith("#") for line in comments.splitlines())
    assert blocks("sst2.md", "yaml") == [f"expc: 1\n{spec}"]


DIGITS = "expc: 1\nname: digits\ntask: image-classification\ndata: {digits: {source: sklearn}}\n"


def findings(folder: Path, files: Mapping[str, str]) -> list[str]:
    """What `expc check` says of `spec.yaml`."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(finding) for finding in check_file(str(folder / "spec.yaml"))]


def test_the_formulas_and_the_import_of_their_page_are_such(tmp_path: Path) -> None:
    derive, spec, common = blocks("shorter-specs.md", "yaml")
    assert findings(tmp_path, {"spec.yaml": DIGITS + derive}) == []
    baseline = "baseline: {dropout: 0}\n"
    assert findings(tmp_path, {"spec.yaml": spec + baseline, "common.yaml": common}) == []


@pytest.mark.parametrize(("formula", "value"), [("-2 ** 2", -4), ("2 ** 3 ** 2", 512), ("-7 % 3", 2), ("6 / 2", 3)])
def test_what_the_page_on_formulas_says_that_they_come_to_they_do(formula: str, value: float) -> None:
    page = (DOCS / "shorter-specs.md").read_text(encoding="utf-8")
    assert f"`{formula}` is {value}" in page
    assert compute(parse(formula), {}) == value


def test_the_page_on_formulas_names_every_function() -> None:
    page = (DOCS / "shorter-specs.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in page] == []


def test_the_metrics_and_the_budget_of_their_page_are_such(tmp_path: Path) -> None:
    metrics, budget = blocks("time-and-cost.md", "yaml")
    own = 'expc: 1\nname: own\ntask: {command: "sort {args}", results: {file: x.json}}\n'
    assert findings(tmp_path, {"spec.yaml": own + metrics + budget}) == []
