"""What a program said of a list that it was given in, how its command hands one over out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

NAME = r"(?:-\w(?:/|' / '))?--([\w.-]+)"
AS_JSON = re.compile(
    rf"argument {NAME}: invalid [^\n]*?'\[|Invalid value for '{NAME}': '\[|Error parsing {NAME}: [^\n]*'\["
    rf"|flag {NAME}=\["
)
"""What argparse, click, tyro and absl say of the text `[128, 64]`."""
TOO_FEW = re.compile(
    rf"argument {NAME}: expected \d+ arguments|Option '{NAME}' requires \d+ arguments"
    rf"|argument '{NAME}'\. Expected \d+ values"
)
NONE = re.compile(rf"argument {NAME}: expected (?:at least )?one argument|Option '{NAME}' requires an argument")
TOO_MANY = re.compile(r"unrecognized arguments: (?!-)|unexpected extra arguments? \(")
BEHIND = re.compile(r"(--?[\w.-]+) +\{([\w.-]+?)\.\.\.\}")
"""In a command: a list behind its option."""


def on_lists(text: str, specs: Iterable[Path]) -> Iterator[str]:
    """`specs` may be gone."""
    if refused := AS_JSON.search(text):
        name = _name(refused)
        yield (
            f"--{name} takes the values of a list one by one: write --{name} {{{name}...}} into the command, or"
            f" --{name}={{{name}...}} if it is given once for each of them"
        )
    if refused := TOO_FEW.search(text):
        name = _name(refused)
        yield f"--{name} takes the values of a list one by one: write --{name} {{{name}...}} into the command"
    written = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in specs if path.is_file())
    if (refused := NONE.search(text)) and f"{{{_name(refused)}...}}" in written:
        name = _name(refused)
        yield (
            f"--{name} stands alone where {name} is an empty list, or null: {{{name}:--{name}}} {{{name}...}} in the"
            " command leaves it out with them"
        )
    if TOO_MANY.search(text) and (behind := BEHIND.search(written)):
        option, name = behind.groups()
        yield (
            f"{option} {{{name}...}} puts all values behind one {option}: write {option}={{{name}...}} if the program"
            " takes one for each"
        )


def _name(refused: re.Match[str]) -> str:
    names: Iterator[str] = filter(None, refused.groups())
    return next(names)
