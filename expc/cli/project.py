"""The current folder in, the workflow that was compiled there out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.errors import ExpcError, nearest

EXPERIMENTS = Path("workflow/experiments.json")
KEYS = {"data", "expc", "experiments", "variants"}
"""What it always has."""


def workflow() -> dict[str, Any]:
    """What `workflow/experiments.json` says."""
    try:
        found = json.loads(EXPERIMENTS.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ExpcError("there is no workflow here; run `expc compile SPEC` in the project's folder") from None
    except (ValueError, RecursionError) as error:
        raise _damaged(str(error)) from None
    if lacks := sorted(KEYS - set(found)) if isinstance(found, dict) else ["all that it should say"]:
        raise _damaged(f"it lacks {', '.join(lacks)}")
    if odd := next(_odd(found), None):
        raise _damaged(f"{odd} is not as `expc compile` writes it")
    return dict(found)


def _odd(found: Mapping[str, Any]) -> Iterator[str]:
    """What somebody has edited, or a disk has lost parts of."""
    for key in sorted(KEYS - {"expc"}):
        entries = found[key]
        if not isinstance(entries, dict):
            yield key
            continue
        yield from (f"{key}.{name}" for name, entry in entries.items() if not isinstance(entry, dict))
    for name, entry in found["experiments"].items():
        views = [entry.get("tables"), entry.get("figures")]
        if not isinstance(entry.get("plan"), str) or not all(isinstance(view, dict) for view in views):
            yield f"experiments.{name}"


def _damaged(why: str) -> ExpcError:
    return ExpcError(
        f"{EXPERIMENTS} is damaged: {why}.\n"
        "    Delete it, and run `expc compile` with all specs of this project: no result is lost."
    )


def elsewhere(specs: Iterable[str]) -> Iterator[str]:
    """A line for each spec that was compiled in its own folder, and not in this one: its results are over there."""
    for spec in specs:
        folder = Path(spec).parent
        if folder.resolve() != Path().resolve() and _knows(folder, Path(spec)) and not _knows(Path(), Path(spec)):
            yield (
                f"{folder} is a project of its own, in which {Path(spec).name} was compiled; its results are not looked"
                f" at from here, and all would run anew: `cd {folder}` first"
            )


def _knows(project: Path, spec: Path) -> bool:
    """Whether the spec was compiled in a project; a workflow that is damaged is told of elsewhere."""
    try:
        experiments = json.loads((project / EXPERIMENTS).read_bytes())["experiments"].values()
        return any((project / stated["spec"]).resolve() == spec.resolve() for stated in experiments if "spec" in stated)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False


def spec_files() -> list[Path]:
    """The files of all that was compiled; some may be gone."""
    return [Path(stated["spec"]) for stated in workflow()["experiments"].values() if "spec" in stated]


def chosen(words: Sequence[str]) -> dict[str, str]:
    """The plan files of the compiled experiments that these specs are, or that have these names; all, without any."""
    from expc.runner.outcome import plan_file

    experiments = workflow()["experiments"]
    paths = {os.path.realpath(stated["spec"]): name for name, stated in experiments.items() if "spec" in stated}
    names = [_name(word, experiments, paths) for word in words] or list(experiments)
    return {name: plan_file(name, experiments[name]["plan"]) for name in names}


def named_experiment(word: str, experiments: Mapping[str, Any]) -> str | None:
    """The experiment that a word means, by its name or its spec; None if it means none."""
    if word in experiments:
        return word
    specs = {os.path.realpath(stated["spec"]): name for name, stated in experiments.items() if "spec" in stated}
    return specs.get(os.path.realpath(word))


def _name(word: str, experiments: Mapping[str, Any], paths: Mapping[str, str]) -> str:
    if word in experiments:
        return word
    if name := paths.get(os.path.realpath(word)):
        return name
    known = [stated.get("spec", name) for name, stated in experiments.items()]
    hint = f"`expc compile {word}` first" if Path(word).is_file() else nearest(word, [*known, *experiments])
    raise ExpcError(f"{word} is no spec that was compiled here; {hint}")
