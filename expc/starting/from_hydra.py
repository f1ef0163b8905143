"""A function decorated by `hydra.main` in, the configuration that its YAML files hold out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.errors import ExpcError
from expc.starting.option import CommandLine, Option
from expc.starting.source import Source, called, keywords

REQUIRED = "???"


def from_hydra(source: Source) -> CommandLine | None:
    """None if the program isn't Hydra's."""
    functions = [node for node in source.nodes if isinstance(node, ast.FunctionDef)]
    decorators = [one for node in functions for one in node.decorator_list if called(one) == "hydra.main"]
    if not decorators:
        return None
    said = keywords(decorators[0]) if isinstance(decorators[0], ast.Call) else {}
    folder, name = source.value(said.get("config_path")), source.value(said.get("config_name"))
    if not isinstance(name, str):
        return CommandLine("hydra", (), ("it names no config_name: say its parameters under params yourself",))
    configuration = source.folder / (folder if isinstance(folder, str) else "")
    main = configuration / f"{name.removesuffix('.yaml')}.yaml"
    values = _read(main)
    groups = list(_groups(values.get("defaults", []), configuration))
    inside = [option for group, choice in groups for option in _of_group(configuration, group, choice)]
    own = [option for key in values if key not in ("defaults", "hydra") for option in _flat(key, values[key])]
    options = {option.name: option for option in (*map(_as_option, groups), *inside, *own)}
    chosen = [_with_choices(option, configuration) for option in options.values()]
    # Hydra's own folders would be named by the time; here each trial has a folder of its own.
    pattern = "*.yaml" if configuration == source.folder else f"{configuration.relative_to(source.folder)}/**"
    return CommandLine("hydra", tuple(chosen), fixed=("hydra.run.dir=.",), files=(pattern,))


def _read(path: Path) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExpcError(f"{path}: the program's configuration can't be read: {error.strerror}") from error
    except (YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise ExpcError(f"{path}: the program's configuration isn't YAML: {error}") from error
    return found if isinstance(found, Mapping) else {}


def _groups(defaults: Any, configuration: Path) -> Iterator[tuple[str, str]]:
    """The groups of the defaults list that have a folder, each with the choice that is made."""
    for entry in defaults if isinstance(defaults, list) else ():
        if isinstance(entry, Mapping):
            for group, choice in entry.items():
                if isinstance(choice, str) and (configuration / str(group)).is_dir():
                    yield str(group), choice


def _of_group(configuration: Path, group: str, choice: str) -> Iterator[Option]:
    path = configuration / group / f"{choice.removesuffix('.yaml')}.yaml"
    for key, value in _read(path).items() if path.is_file() else ():
        if key != "defaults":
            yield from _flat(f"{group}.{key}", value)


def _as_option(group: tuple[str, str]) -> Option:
    return Option(group[0], f"{group[0]}={{}}", group[1], "group")


def _with_choices(option: Option, configuration: Path) -> Option:
    folder = configuration / option.name
    choices = tuple(sorted(path.stem for path in folder.glob("*.yaml"))) if folder.is_dir() else ()
    words = f"a group of configuration files: those in {option.name}/" if choices else ""
    return Option(option.name, option.form, option.default, option.type, choices, words, option.required, option.takes)


def _flat(name: str, value: Any) -> Iterator[Option]:
    """`model: {width: 64}` is `model.width`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
        return
    form = f"{name}={{}}"
    if value == REQUIRED:
        yield Option(name, form, required=True)
    elif isinstance(value, str) and "${" in value:
        return  # it follows from others
    elif isinstance(value, list):
        plain = all(isinstance(item, int | float | str) for item in value)
        if plain:
            yield Option(name, form, tuple(value))
    elif value is None or isinstance(value, int | float | str):
        yield Option(name, form, value, type(value).__name__ if value is not None else "")
