"""The current folder in, the workflow that was compiled there out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from expc.errors import ExpcError, nearest
from expc.runner.experiments import read_experiments
from expc.runner.written import Damaged

EXPERIMENTS = Path("workflow/experiments.json")


def workflow() -> dict[str, Any]:
    """What `workflow/experiments.json` says."""
    if not os.path.lexists(EXPERIMENTS):
        raise ExpcError("there is no workflow here; run `expc compile SPEC` in the project's folder")
    try:
        return dict(read_experiments(str(EXPERIMENTS)))
    except Damaged as error:
        raise ExpcError(str(error)) from None


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
        experiments = read_experiments(str(project / EXPERIMENTS))["experiments"].values()
    except Damaged:
        return False
    return any((project / stated["spec"]).resolve() == spec.resolve() for stated in experiments if "spec" in stated)


def spec_files() -> list[Path]:
    """The files of all that was compiled; some may be gone."""
    return [Path(stated["spec"]) for stated in workflow()["experiments"].values() if "spec" in stated]


def chosen(words: Sequence[str]) -> dict[str, str]:
    """The plan files of the compiled experiments that these specs are, or that have these names; all, without any.

    Damaged if one of them isn't what was written."""
    from expc.runner.outcome import intact, plan_file

    experiments = workflow()["experiments"]
    paths = {os.path.realpath(stated["spec"]): name for name, stated in experiments.items() if "spec" in stated}
    names = [_name(word, experiments, paths) for word in words] or list(experiments)
    return {name: intact(plan_file(name, experiments[name]["plan"])) for name in names}


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
