"""What a program takes on its command line in, the command of a first spec out, with a placeholder for each of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from expc.compiler.reading.schema import resolve, schema
from expc.starting.option import CommandLine, Option
from expc.starting.reads import Given


def command(script: Path, taken: CommandLine, params: Sequence[Option], given: Sequence[Given]) -> tuple[str, str]:
    """The command, and words on it."""
    words = ["python", shlex.quote(script.name), *taken.fixed]
    if taken.reader == "params.json":
        return " ".join(words), "    # it reads its parameters from params.json"
    seed = taken.seed
    checkpoints = [option for option in taken.options if option.is_checkpoint and option.takes == "a value"]
    switches = [option for option in params if option.is_switch]
    lists = [option for option in params if option.is_list and option.form != "{}"]
    plain = all(one.form == f"--{one.name}={{}}" for one in params if one not in (*switches, *lists))
    files = {one.option.name: f"input.{one.name}" for one in given}
    extra = [option.filled(option.name) for option in switches]
    extra += [one.option.filled(f"input.{one.name}") for one in given]
    saved = [
        *map(_saving, checkpoints),
        *(option.form.replace("{}", option.kept) for option in taken.options if option.kept),
    ]
    extra += saved
    many = [option.filled(option.name) for option in lists]  # last: it takes what stands behind it, too
    if plain and seed is not None and seed.form == "--seed={}":
        why = "    # {args}: --name=value for each parameter, and --seed"
        return " ".join([*words, "{args}", *extra, *many]), why + _on_switches(switches) + _on_lists(lists)
    if taken.reader == "hydra" and seed is not None and seed.name == "seed" and _knows_hydra():
        return " ".join([*words, "{args:hydra}", *extra]), "    # {args:hydra}: name=value for each parameter, and seed"
    inside = [
        one for one in taken.options if (one in params and one not in lists) or one.name in files
    ]  # positional ones stay in order
    words += [option.filled(files.get(option.name, option.name)) for option in inside]
    words += [seed.filled("seed")] if seed is not None else []
    why = _on_switches(switches) + _on_lists(lists)
    return " ".join([*words, *saved, *many]), f"    # {why.removeprefix('; ')}" if why else ""


def _on_switches(switches: Sequence[Option]) -> str:
    if not switches:
        return ""
    name = switches[0].name
    return f"; {{{name}:…}}: what is said if {name} is true, and behind | if it is false"


def _on_lists(lists: Sequence[Option]) -> str:
    return f"; {{{lists[0].name}...}}: its argument is written once for each value of {lists[0].name}" if lists else ""


def _knows_hydra() -> bool:
    """Whether the language has the form that Hydra reads."""
    command = resolve(resolve(schema()["properties"]["task"])["properties"]["command"])
    return "{args:hydra}" in command["description"]


def _saving(option: Option) -> str:
    """A folder, or the file in it that the option's default names: `checkpoints/best.pt`."""
    name = re.search(r"[\w-][\w.-]*\.\w+$", str(option.default))
    return option.form.replace("{}", "{checkpoint_dir}" + (f"/{name[0]}" if name else ""))
