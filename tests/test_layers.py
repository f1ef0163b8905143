"""Who may import whom: the rooms of expc, and the libraries that stay out until they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "expc").rglob("*.py"))

# Room -> what its files import of expc, beside the room itself.
MAY_IMPORT = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "assets": set(),
    "spec": {"errors"},
    "plan": {"__init__", "errors", "spec"},
    "whole": set(),
    "accepted": {"errors", "runner.forms", "runner.outcome", "runner.written", "whole"},
    "working": {"runner.outcome"},
    "data": {"errors", "whole"},
    "jobs": {"errors", "runner.habits", "runner.outcome", "runner.placement", "runner.together"},
    "compiler": {
        "__init__",
        "accepted",
        "assets",
        "data.headers",
        "data.identifiers",
        "data.labels",
        "data.quotes",
        "data.repeats",
        "data.sources",
        "errors",
        "plan",
        "runner.experiments",
        "runner.forms",
        "runner.outcome",
        "runner.placement",
        "runner.unstarted",
        "runner.written",
        "spec",
        "whole",
        "working",
    },
    "runner": set(),
    "report": {"errors", "plan", "runner.experiments", "runner.outcome", "whole"},
    "starting": {"assets", "compiler", "errors", "spec"},
    "cli": {
        *(
            "__init__",
            "accepted",
            "assets",
            "compiler",
            "data",
            "errors",
            "jobs",
            "plan",
            "report",
            "starting",
            "whole",
        ),
        "working",
        *("runner.accept", "runner.container", "runner.granted", "runner.outcome", "runner.places", "runner.retry"),
        *(
            "runner.allotted",
            "runner.before",
            "runner.devices",
            "runner.packing",
            "runner.placement",
            "runner.forms",
            "runner.stops",
            "runner.todo",
            "runner.visit",
            "runner.experiments",
            "runner.written",
        ),
        "runner.in_job",
    },
}

# Rooms with rooms in them, from the ground up: each uses what stands before it.
FLOORS = {
    "compiler": (
        *("digest", "reading", "templates", "programs", "meaning", "planning", "checks", "check", "writing", "build"),
        *("reference", "explain"),
    ),
    "cli": (
        *(
            "words",
            "colour",
            "patience",
            "as_written",
            "alone",
            "child",
            "project",
            "tally",
            "select",
            "trials",
            "retrying",
            "anew",
        ),
        *("planning", "watching", "sites", "commands"),
    ),
}

# A heavy library is imported in one place, which other files ask.
HEAVY = {
    "jinja2": {"compiler/templates/render.py"},
    "matplotlib": {"report/figures.py"},
    "numpy": {
        f"data/{name}.py"
        for name in ("divide", "examples", "hub", "images", "pictures", "prepare", "sizes", "split", "tabular", "texts")
    },
    "datasets": {"data/hub.py"},
    "huggingface_hub": {"data/inputs.py"},
    "PIL": {"data/pictures.py"},
    "sklearn": {"data/images.py", "data/tabular.py"},
    **{name: set() for name in ("litellm", "optuna", "pandas", "scipy", "snakemake", "statsmodels", "torch")},
}

# The runner is a program of its own, and these files are where it, and the processes that it forks, speak and end.
OF_THE_RUNNER = {
    f"runner/{name}.py"
    for name in ("__main__", "command", "child", "confine", "in_job", "keeper", "reaper", "tied", "warm")
}


def inside(path: Path) -> str:
    return path.relative_to(ROOT / "expc").as_posix()


def _name(path: Path) -> str:
    """A file as those call it that import it."""
    return inside(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def room(module: str) -> str:
    return module.partition(".")[0]


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere, by their full names."""
    package, found = ["expc", *path.relative_to(ROOT / "expc").parent.parts], set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found.update(_module(base, alias.name) for alias in node.names)
    return frozenset(found)


def _module(base: str, name: str) -> str:
    """What `from base import name` imports: a module of that name, or one that has the name."""
    path = ROOT.joinpath(*base.split("."), name)
    return f"{base}.{name}" if path.is_dir() or path.with_suffix(".py").is_file() else base


def ours(path: Path) -> set[str]:
    """What a file imports of expc, without `expc.`; the package itself is `__init__`."""
    found = {name for name in imports(path) if room(name) == "expc"}
    return {name.partition(".")[2] or "__init__" for name in found}


@pytest.mark.parametrize("path", FILES, ids=inside)
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    own = room(inside(path).replace("/", ".").removesuffix(".py"))
    allowed = MAY_IMPORT[own]
    strangers = {name for name in ours(path) if room(name) != own and not {name, room(name)} & allowed}
    assert strangers == set()


def test_no_files_import_each_other_also_by_way_of_others() -> None:
    graph = {_name(path): ours(path) - {_name(path)} for path in FILES}
    TopologicalSorter(graph).prepare()  # CycleError names the circle


@pytest.mark.parametrize("path", [path for path in FILES if room(_name(path)) in FLOORS], ids=inside)
def test_rooms_within_a_room_stand_one_above_the_other(path: Path) -> None:
    own, used = _floor(_name(path)), {name for name in ours(path) if room(name) == room(_name(path))}
    assert [name for name in used if _floor(name) > own] == []


def _floor(name: str) -> int:
    """A name such as `compiler.reading.load`: where its room, or the file itself, stands in the order."""
    floors = FLOORS[room(name)]
    return floors.index(name.split(".")[1]) if "." in name else len(floors)


def test_the_runner_imports_nothing_but_the_standard_library() -> None:
    runner = [path for path in FILES if inside(path).startswith("runner/")]
    found = {room(name) for path in runner for name in imports(path)}
    assert found - set(sys.stdlib_module_names) == {"expc"}


@pytest.mark.parametrize(("library", "files"), HEAVY.items(), ids=HEAVY)
def test_a_heavy_library_is_imported_in_one_place(library: str, files: set[str]) -> None:
    assert {inside(path) for path in FILES if library in {room(name) for name in imports(path)}} == files


def test_only_the_command_line_prints_and_exits() -> None:
    found = {inside(path) for path in FILES if _speaks(path)}
    assert {name for name in found if room(name.replace("/", ".")) not in ("cli", "__main__")} <= OF_THE_RUNNER


def _speaks(path: Path) -> bool:
    """Whether a file prints, exits or knows click."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    spoken = {ast.unparse(call) for call in calls} & {"print", "input", "exit", "quit", "sys.exit", "os._exit"}
    return bool(spoken) or bool({"click", "rich_click", "rich"} & {room(name) for name in imports(path)})


def test_checking_the_examples_imports_no_heavy_library() -> None:
    specs = sorted(map(str, (ROOT / "examples").glob("*/*.yaml")))
    command = [sys.executable, "-X", "importtime", "-m", "expc", "check", *specs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "spec" in done.stdout, done.stderr[-2000:]  # some lack data or a repository, which is said
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert imported & (set(HEAVY) - {"jinja2"}) == set()
    assert "ruamel" in imported


def test_the_corpus_of_invalid_specs_is_as_large_as_promised() -> None:
    assert len(list((ROOT / "tests" / "specs" / "invalid").glob("*.yaml"))) >= 80
