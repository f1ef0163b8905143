"""The examples in, their compiled workflows out: as `golden` holds them, and as Snakemake's own judges want them.

Refresh with EXPC_REFRESH=1, and look at the difference: where ids changed, every user's trials run again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = sorted(path.name for path in (ROOT / "examples").iterdir() if path.is_dir())
VERBATIM = {
    "Snakefile": "rules",
    "rules": "rules",
    "envs": "rules/envs",
    "profiles": "rules/profiles",
    "runner": "expc/runner",
}


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, project_in):
    """An example, compiled."""
    folder = tmp_path_factory.mktemp("examples") / request.param
    made = shutil.ignore_patterns("workflow", "results", ".snakemake", "data", "repo")
    shutil.copytree(ROOT / "examples" / request.param, folder, ignore=made)
    for spec in folder.glob("*.yaml"):
        for name in re.findall(r"data/\S+\.tsv", spec.read_text()):  # what can't be in the repository
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("a good film\t1\na bad film\t0\n")
    for script in folder.glob("make_*.sh"):
        subprocess.run([script], check=True)
    project = project_in(folder)
    project.compile(*(path.name for path in sorted(folder.glob("*.yaml"))))
    return project


def rendered(project) -> dict[str, str]:
    """What is not a copy of a file of ours: experiments.json, the plans, and the configuration of each variant."""
    texts = {
        path: content.decode()
        for path, content in project.workflow().items()
        if path.partition("/")[0] not in VERBATIM and path != ".written.json"
    }
    for identity, variant in json.loads(texts["experiments.json"])["variants"].items():
        if "task" in variant:
            assert project.expc("internal", "code", identity) == (0, "")
            name = "-".join([Path(variant["task"]).name, *variant["choices"].values()])
            texts[f"config/{name}.py"] = (project.folder / "results/code" / identity / "config.py").read_text()
    return texts


def test_an_example_compiles_to_what_is_written_down(example) -> None:
    golden, found = GOLDEN / example.folder.name, rendered(example)
    if os.environ.get("EXPC_REFRESH"):
        shutil.rmtree(golden, ignore_errors=True)
        for path, text in found.items():
            (golden / path).parent.mkdir(parents=True, exist_ok=True)
            (golden / path).write_text(text)
    written = {str(path.relative_to(golden)): path.read_text() for path in golden.rglob("*") if path.is_file()}
    assert found == written, "if it is meant: EXPC_REFRESH=1 pytest tests/workflow/test_examples.py, and commit"


@pytest.mark.parametrize("example", ["shared-baseline"], indirect=True)
def test_two_specs_with_one_baseline_share_its_trials(example) -> None:
    dropout, width = (example.lines(name)[1:] for name in ("dropout", "width"))
    shared = {line["id"] for line in dropout} & {line["id"] for line in width}
    assert [line["id"] in shared for line in dropout] == [line["condition"] == {"dropout": "0.0"} for line in dropout]
    assert [line["id"] in shared for line in width] == [line["condition"] == {"width": "64"} for line in width]
    assert len(shared) == 3


def test_the_rest_of_a_workflow_is_copied_as_it_is(example) -> None:
    copies = {path: content for path, content in example.workflow().items() if path.partition("/")[0] in VERBATIM}
    for path, content in copies.items():
        room, _, name = path.partition("/")
        source = f"{name.partition('/')[0]}.yaml" if room == "profiles" else name or path
        assert content == (ROOT / VERBATIM[room] / source).read_bytes(), path
    assert {path.partition("/")[0] for path in copies} == set(VERBATIM)


@pytest.mark.slow
def test_snakemake_and_snakefmt_find_nothing_to_complain_about(example) -> None:
    assert "Congratulations, your workflow is in a good condition!" in example.snakemake("--lint")
    files = [*example.folder.glob("workflow/rules/*.smk"), example.folder / "workflow/Snakefile"]
    found = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", *files], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
