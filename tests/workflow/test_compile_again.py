"""A workflow that is there already and specs in, a workflow that is theirs, or words why not, out."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from expc import __version__
from expc.compiler.writing.write import EXPERIMENTS, write

SPECS = ("spec.yaml", "second.yaml", "stages.yaml")


@pytest.fixture
def project(new_project):
    return new_project()


@pytest.fixture(scope="module")
def compiled_once(new_project):
    project = new_project()
    project.compile(*SPECS)
    return project


@pytest.fixture
def compiled(compiled_once, copy_of):
    return copy_of(compiled_once)


def stamps(project) -> dict[str, int]:
    """When each file of workflow/ was written."""
    folder = project.folder / "workflow"
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.slow
def test_two_folders_and_two_hash_seeds_give_the_same_bytes(new_project) -> None:
    one, other = new_project(), new_project()
    os.utime(other.folder / "data/small.tsv", (0, 0))
    for project, seed in ((one, "1"), (other, "2")):
        command = [sys.executable, "-m", "expc", "compile", *SPECS]
        subprocess.run(command, cwd=project.folder, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    assert one.workflow() == other.workflow()
    assert str(one.folder) not in "".join(text.decode() for text in one.workflow().values())


def test_a_change_of_an_imported_file_is_a_change_of_the_spec(compiled) -> None:
    (compiled.folder / "common.yaml").write_text("params: {epochs: 2}\n")
    compiled.edit("spec.yaml", "params: {epochs: 2}\n", "import: [common.yaml]\n")
    assert compiled.expc("compile", "--check", *SPECS) == (0, "workflow/ is current.\n")
    (compiled.folder / "common.yaml").write_text("params: {epochs: 3}\n")
    code, said = compiled.expc("compile", "--check", *SPECS)
    assert (code, said.splitlines()[0]) == (1, "workflow/experiments.json is not current")
    (compiled.folder / "common.yaml").write_text("params: {epoch: 3}\n")
    code, said = compiled.expc("compile", *SPECS)
    assert (code, said.splitlines()[0]) == (
        1,
        "common.yaml:1:10: E302 template 'toy' has no parameter 'epoch'",
    )


def test_compiling_again_writes_nothing(compiled) -> None:
    before = stamps(compiled)
    assert compiled.compile(*reversed(SPECS)).endswith("workflow/ was current already.\n")
    assert stamps(compiled) == before


def test_check_says_what_is_not_current_and_writes_nothing(project) -> None:
    assert project.expc("compile", "--check", "spec.yaml")[0] == 1
    assert not (project.folder / "workflow").exists()
    project.compile("spec.yaml")
    assert project.expc("compile", "--check", "spec.yaml") == (0, "workflow/ is current.\n")
    project.edit("spec.yaml", "seeds: 5", "seeds: 6")
    before = stamps(project)
    code, said = project.expc("compile", "--check", "spec.yaml")
    assert (code, re.sub(r"toy\.\w+", "toy.<digest>", said)) == (
        1,
        "workflow/experiments.json is not current\n"
        "workflow/plans/toy.<digest>.jsonl is not current\n"
        "Run `expc compile spec.yaml`.\n",
    )
    assert stamps(project) == before


@pytest.mark.parametrize(
    ("path", "content", "overwritten"),
    [
        ("rules/trials.smk", b"# edited by hand\n", False),
        ("experiments.json", b"{}\n", False),
        ("Snakefile", b"", False),
        ("rules/mine.smk", b"# not expc's: stays\n", True),
    ],
)
def test_a_file_that_was_edited_is_not_overwritten(compiled, path: str, content: bytes, overwritten: bool) -> None:
    (compiled.folder / "workflow" / path).write_bytes(content)
    compiled.edit("spec.yaml", "seeds: 5", "seeds: 6")
    before = stamps(compiled)
    code, said = compiled.expc("compile", *SPECS)
    assert (compiled.folder / "workflow" / path).read_bytes() == content
    if overwritten:
        assert code == 0
        return
    assert (code, said) == (
        1,
        f"E406 not overwritten, since expc did not write it or it was edited since: workflow/{path}.\n"
        "    Move it away, or delete it, and compile again.\n",
    )
    assert stamps(compiled) == before
    (compiled.folder / "workflow" / path).unlink()
    compiled.compile(*SPECS)
    assert compiled.expc("compile", "--check", *SPECS) == (0, "workflow/ is current.\n")


def test_a_file_that_is_no_longer_needed_goes_unless_it_was_edited(tmp_path: Path) -> None:
    files = {EXPERIMENTS: b'{"experiments": {}}', "plans/toy.1.jsonl": b"a plan"}
    write({**files, "rules/old.smk": b"old", "rules/edited.smk": b"old"}, tmp_path)
    (tmp_path / "workflow/rules/edited.smk").write_bytes(b"mine")
    assert write({EXPERIMENTS: files[EXPERIMENTS]}, tmp_path) == ["rules/old.smk"]
    found = {path.name: path.read_bytes() for path in (tmp_path / "workflow").glob("*/*")}
    assert found == {"edited.smk": b"mine", "toy.1.jsonl": b"a plan"}


def test_a_folder_that_expc_did_not_write_is_left_alone(project) -> None:
    (project.folder / "workflow").mkdir()
    (project.folder / "workflow/Snakefile").write_text("rule all:\n")
    code, said = project.expc("compile", "spec.yaml")
    assert (code, said.splitlines()[0]) == (
        1,
        "E406 not overwritten, since expc did not write it or it was edited since: workflow/Snakefile.",
    )
    assert project.workflow() == {"Snakefile": b"rule all:\n"}


def test_no_experiment_vanishes_unless_it_is_said(compiled) -> None:
    before = stamps(compiled)
    code, said = compiled.expc("compile", "second.yaml")
    assert (code, said) == (
        1,
        "E407 workflow/ also runs stages, toy, which would vanish from it.\n"
        "    Name the specs together (… stages.yaml spec.yaml), or drop the others with --only;"
        " no result is deleted.\n",
    )
    assert stamps(compiled) == before
    compiled.compile("--only", "second.yaml")
    experiments = json.loads(compiled.workflow()[EXPERIMENTS])["experiments"]
    assert list(experiments) == ["second"]
    compiled.compile(*SPECS)
    assert stamps(compiled).items() >= {key: time for key, time in before.items() if key.endswith(".jsonl")}.items()


def test_a_spec_does_not_take_the_name_of_another_unless_it_is_said(compiled) -> None:
    before = stamps(compiled)
    (compiled.folder / "copy.yaml").write_bytes((compiled.folder / "spec.yaml").read_bytes())
    names = [name if name != "spec.yaml" else "copy.yaml" for name in SPECS]
    assert compiled.expc("compile", *names) == (
        1,
        "E407 copy.yaml has the name 'toy', as spec.yaml has: its tables in results/toy would be replaced.\n"
        "    Change `name` in one of them, or let the other go with --only; no trial is deleted.\n",
    )
    assert stamps(compiled) == before
    (compiled.folder / "spec.yaml").rename(compiled.folder / "moved.yaml")  # and so copy.yaml has it alone
    compiled.compile(*names)
    compiled.compile("--only", *[name if name != "copy.yaml" else "moved.yaml" for name in names])


def test_a_workflow_of_another_version_says_so_and_is_compiled_again(project) -> None:
    with mock.patch("expc.compiler.writing.write.__version__", "0.0.1"):
        project.compile("spec.yaml")
    said = f"this workflow was made by expc 0.0.1, and this is expc {__version__}; run `expc compile` again\n"
    for step in (("collect", "toy"), ("table", "toy", "main"), ("code", "0"), ("data", "0")):
        assert project.expc("internal", *step) == (1, said)
    assert project.expc("compile", "--check", "spec.yaml") == (
        1,
        "workflow/experiments.json is not current\n"
        f"It was written by expc 0.0.1, and this is {__version__}.\n"
        "Run `expc compile spec.yaml`.\n",
    )
    project.compile("spec.yaml")
    assert json.loads(project.workflow()[EXPERIMENTS])["expc"] == __version__


@pytest.mark.slow
def test_snakemake_shows_what_a_failed_step_said(project) -> None:
    with mock.patch("expc.compiler.writing.write.__version__", "0.0.1"):
        project.compile("spec.yaml")
    command = [sys.executable, "-m", "snakemake"]
    found = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    said = f"this workflow was made by expc 0.0.1, and this is expc {__version__}; run `expc compile` again"
    assert (found.returncode, said in found.stdout + found.stderr) == (1, True)


def killed_before_replacing(place: int, files: dict[str, bytes], folder: Path) -> bool:
    """Write in a process that is killed when it is about to put file number `place` in its place. Whether it was."""
    child = os.fork()
    if child == 0:
        replace, done = Path.replace, []

        def counted(path: Path, target: Path) -> Path:
            if len(done) == place:
                os.kill(os.getpid(), signal.SIGKILL)
            done.append(target)
            return replace(path, target)

        Path.replace = counted  # type: ignore[assignment, method-assign]
        try:
            write(files, folder)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_killed_before_any_of_its_files_a_compilation_can_be_repeated(tmp_path: Path) -> None:
    paths = ["Snakefile", "rules/a.smk", "runner/b.py", EXPERIMENTS]
    experiments = json.dumps({"experiments": {}}).encode()
    versions = [dict.fromkeys(paths, experiments + b"\n" * version) for version in range(3)]
    versions[0]["rules/gone.smk"] = b"in no later version"
    for version, files in enumerate(versions):
        files[f"plans/toy.{version}.jsonl"] = b"a plan"
    ends = []
    for place in range(10):
        project = tmp_path / str(place)
        write(versions[0], project)
        ends.append(killed_before_replacing(place, versions[1], project))
        found = {path: (project / "workflow" / path).read_bytes() for path in paths}
        assert all(found[path] in (versions[0][path], versions[1][path]) for path in paths)
        if found[EXPERIMENTS] == versions[1][EXPERIMENTS]:
            assert found == {path: versions[1][path] for path in paths}
            assert (project / "workflow/plans/toy.1.jsonl").read_bytes() == b"a plan"
        write(versions[2], project)
        written = {path: (project / "workflow" / path).read_bytes() for path in versions[2]}
        assert (written, (project / "workflow/rules/gone.smk").exists()) == (versions[2], False)
    # .written.json, 5 files and .written.json once more.
    assert ends == [True] * 7 + [False] * 3


@pytest.mark.slow
def test_killed_at_random_moments_a_compilation_can_be_repeated(compiled) -> None:
    moments = random.Random(0)
    command = [sys.executable, "-m", "expc", "compile", *SPECS]
    started = time.monotonic()
    subprocess.run(command, cwd=compiled.folder, stdout=subprocess.DEVNULL, check=True)
    whole = time.monotonic() - started
    for seeds in range(6, 16):
        compiled.edit("spec.yaml", f"seeds: {seeds - 1}", f"seeds: {seeds}")
        process = subprocess.Popen(command, cwd=compiled.folder, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.5, 1.1) * whole)
        process.kill()
        process.wait()
        code, _ = compiled.expc("compile", *SPECS)
        assert code == 0
        assert compiled.expc("compile", "--check", *SPECS) == (0, "workflow/ is current.\n")
        assert len(compiled.lines("toy")) == 1 + 40 * seeds
