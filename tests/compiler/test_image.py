"""Where software comes from in a spec, what of it is in plans and in trials' names out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expc.compiler.build import build
from expc.compiler.planning.reasons import difference
from expc.compiler.programs.image import Definition, read_definition

SPEC = """\
expc: 1
name: sorting
task: {command: "sort {args}"}
metrics: {score: {goal: maximize}}
ignore: {R014: a test}
environment: %s
"""
DIGEST = "docker://python@sha256:" + "0123456789abcdef" * 4
DEFINITION = """\
# What the trials need.
BootStrap: docker
From: python@sha256:1

%files
    requirements.txt /opt/requirements.txt   # from beside this file
    tools /opt/tools
    *.cfg /etc/

%post
    pip install -r /opt/requirements.txt
    echo "Bootstrap: of nothing"
From: nothing either

Bootstrap: localimage
From: base.sif
Stage: final

%files from build
    /opt/made
%Files
    "with space.txt"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images" / "tools").mkdir(parents=True)
    for name in ("requirements.txt", "tools/one.sh", "a.cfg", "with space.txt", "base.sif", "unused.txt"):
        (tmp_path / "images" / name).write_text(f"{name}\n")
    (tmp_path / "images" / "torch.def").write_text(DEFINITION)
    (tmp_path / "requirements.txt").write_text("-r images/requirements.txt\nnumpy==2.3.4\n")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    return tmp_path


def planned(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header of the plan that an environment comes to, and its one trial."""
    Path("spec.yaml").write_text(SPEC % text)
    (made,), _ = build(["spec.yaml"], Path())
    header, trial = map(json.loads, made.text.decode().splitlines())
    return header, trial


def identity(text: str) -> str:
    return str(planned(text)[1]["id"])


def test_a_definition_says_what_it_begins_from_and_what_it_copies(project: Path) -> None:
    assert read_definition(project / "images" / "torch.def") == Definition(
        bases=(("docker", "python@sha256:1"), ("localimage", "base.sif")),
        copied=((6, "requirements.txt"), (7, "tools"), (8, "*.cfg"), (22, "with space.txt")),
    )


@pytest.mark.parametrize(
    ("file", "same"),
    [
        ("torch.def", False),
        ("requirements.txt", False),
        ("tools/one.sh", False),
        ("tools/new.sh", False),
        ("a.cfg", False),
        ("b.cfg", False),
        ("with space.txt", False),
        ("base.sif", False),
        ("unused.txt", True),
    ],
)
def test_an_image_is_known_by_its_definition_and_by_what_that_copies(project: Path, file: str, same: bool) -> None:
    before = identity("{container: images/torch.def}")
    with (project / "images" / file).open("a") as changed:
        changed.write("# changed\n")
    assert (identity("{container: images/torch.def}") == before) is same


def test_what_moves_stays_what_it_is(project: Path) -> None:
    ways = ("{container: images/torch.def}", "{container: images/base.sif}", "{requirements: uv.lock}")
    before = [identity(way) for way in ways]
    (project / "images").rename(project / "moved")
    (project / "locks").mkdir()
    (project / "uv.lock").rename(project / "locks" / "uv.lock")
    moved = ("{container: moved/torch.def}", "{container: moved/base.sif}", "{requirements: locks/uv.lock}")
    assert [identity(way) for way in moved] == before
    assert len({*before, identity("{}")}) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{}", "{venv: /opt/venv}", True),
        ("{venv: /opt/venv}", "{venv: /opt/other}", True),
        ("{venv: /opt/venv}", "{venv: /opt/venv, requirements: uv.lock}", False),
        ("{venv: /opt/venv, requirements: uv.lock}", "{venv: /opt/other, requirements: uv.lock}", True),
        ("{requirements: uv.lock}", "{requirements: requirements.txt}", False),
        ("{}", "{modules: [cuda/12.4]}", False),
        ("{modules: [cuda/12.4, gcc/13]}", "{modules: [gcc/13, cuda/12.4]}", False),
        ("{modules: []}", "{}", True),
        (f"{{container: '{DIGEST}'}}", "{container: 'docker://python:3.12'}", False),
        ("{requirements: uv.lock}", "{requirements: uv.lock, binds: [{from: images, to: /images}]}", True),
    ],
)
def test_what_software_there_is_decides_and_where_it_lies_does_not(
    project: Path, one: str, other: str, same: bool
) -> None:
    assert (identity(one) == identity(other)) is same


@pytest.mark.parametrize("written", ["-r {}", "-r{}", "-c {}", "--requirement {}", "--constraint={}"])
def test_requirements_are_known_with_those_that_they_include(project: Path, written: str) -> None:
    (project / "requirements.txt").write_text(written.format("images/requirements.txt") + "\n")
    before = identity("{requirements: requirements.txt}")
    (project / "images" / "requirements.txt").write_text("scipy==1.16.0\n")
    assert identity("{requirements: requirements.txt}") != before


def test_what_an_included_file_includes_counts_whatever_it_is_called(project: Path) -> None:
    (project / "requirements.txt").write_text("-c more.in\n")
    (project / "more.in").write_text("-r images/requirements.txt\n")
    before = identity("{requirements: requirements.txt}")
    (project / "images" / "requirements.txt").write_text("scipy==1.16.0\n")
    assert identity("{requirements: requirements.txt}") != before


def test_a_plan_says_what_runs_where(project: Path) -> None:
    found = {
        name: planned(text)[0]["stages"]["train"].get("environment")
        for name, text in {
            "nothing": "{modules: [], binds: []}",
            "def": "{container: images/torch.def, binds: [{from: images, to: /images}, {from: /data, to: /data}]}",
            "sif": "{container: images/base.sif}",
            "docker": f"{{container: '{DIGEST}'}}",
            "requirements": "{requirements: uv.lock}",
            "venv": "{venv: /opt/venv, modules: [cuda/12.4], requirements: uv.lock}",
        }.items()
    }
    assert found.pop("nothing") is None
    known = {name: stated.get("container", stated.get("requirements"))["identity"] for name, stated in found.items()}
    assert len(set(known.values())) == 4 and known["venv"] == known["requirements"]
    built = {name: f"results/images/{key}.sif" for name, key in known.items()}
    binds = [{"from": "images", "to": "/images"}, {"from": "/data", "to": "/data"}]
    lock = {"reference": "uv.lock", "identity": known["venv"], "source": "uv.lock"}
    expected = {
        "def": {"container": {"reference": "images/torch.def", "kind": "def", "image": built["def"],
                              "identity": known["def"], "source": "images/torch.def"}, "binds": binds},
        "sif": {"container": {"reference": "images/base.sif", "kind": "sif", "image": "images/base.sif",
                              "identity": known["sif"]}},
        "docker": {"container": {"reference": DIGEST, "kind": "docker", "image": built["docker"],
                                 "identity": known["docker"]}},
        "requirements": {"container": {**lock, "kind": "requirements", "image": built["requirements"]}},
        "venv": {"requirements": lock, "venv": "/opt/venv", "modules": ["cuda/12.4"]},
    }  # fmt: skip
    assert found == expected


def test_a_stage_that_says_where_its_software_comes_from_means_all_of_it(project: Path) -> None:
    top = "{container: images/base.sif, binds: [{from: images, to: /images}], network: host}"
    stages = """
stages:
  one: {}
  two: {environment: {venv: /opt/venv}}
  three: {environment: {container: images/torch.def}}
"""
    Path("spec.yaml").write_text(SPEC % top + stages)
    (made,), _ = build(["spec.yaml"], Path())
    header = json.loads(made.text.decode().splitlines()[0])
    found = {name: set(stage["environment"]) for name, stage in header["stages"].items()}
    assert found == {
        "one": {"container", "binds", "network"},
        "two": {"venv", "network"},
        "three": {"container", "binds", "network"},
    }


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("{}", "{container: images/base.sif}", "the container is new"),
        ("{container: images/base.sif}", "{modules: [gcc/13]}", "the container is gone; modules none → gcc/13"),
        ("{container: images/base.sif}", "{requirements: uv.lock}", "the container changed"),
        ("{venv: /opt, requirements: uv.lock}", "{venv: /opt, requirements: requirements.txt}",
         "what is required changed"),
    ],
)  # fmt: skip
def test_the_reason_for_running_again_names_the_software(project: Path, one: str, other: str, said: str) -> None:
    (before, old), (after, new) = planned(one), planned(other)
    assert difference(before, old, after, new) == said
