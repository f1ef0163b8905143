"""YAML text in, a graph of nodes out, measured before anybody expands its aliases."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import Node

MAX_ALIASES = 1_000
MAX_VALUES = 100_000
MAX_DEPTH = 100
ESCAPE = re.compile(r"\\U([0-9A-Fa-f]{8})")


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Flaw(NamedTuple):
    """What is wrong at one place; `load` makes a diagnostic of it."""

    place: Place
    code: str
    message: str
    hint: str


class FlawError(Exception):
    """A flaw that leaves nothing to look at."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.message)


@dataclass(frozen=True)
class Alias:
    """`*name`: where it stands, and the node that it means."""

    node: Node
    start_mark: Any


def compose(text: str) -> Node | None:
    """The root node of a text with one document; None if there is none. Raises FlawError and ruamel's YAMLError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    try:
        root: Node | None = yaml.compose(text)
    except (ValueError, OverflowError):  # of chr(), which ruamel calls with whatever an escape says
        raise FlawError(_no_character(text)) from None
    return root


def _no_character(text: str) -> Flaw:
    wrong = (found for found in ESCAPE.finditer(text) if int(found[1], 16) > sys.maxunicode)
    at = next((found.start() for found in wrong), 0)
    place = Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    hint = "the largest is \\U0010FFFF; in single quotes a backslash is one"
    return Flaw(place, "E103", f"the escape {text[at : at + 10]} is no character", hint)


def place_of(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


class _Composer(Composer):
    """Keeps aliases apart, and knows of every node how many values and levels it expands to."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._aliases = 0
        self._sizes = [0]  # of the nodes that are open, innermost last
        self._depths = [0]
        self._measured: dict[int, tuple[int, int]] = {}

    def compose_document(self) -> Any:
        event = self.parser.peek_event()
        if event.version not in (None, (1, 2)):
            hint = "leave the %YAML line out: expc always reads YAML 1.2"
            raise FlawError(
                Flaw(place_of(event.start_mark), "E103", "a %YAML line that asks for another version", hint)
            )
        return super().compose_document()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent):
            return self._compose_alias(self.parser.get_event())
        if len(self._depths) > MAX_DEPTH:
            raise _too_deep(event.start_mark)
        self._sizes.append(0)
        self._depths.append(0)
        node = super().compose_node(parent, index)
        size, depth = self._sizes.pop() + 1, self._depths.pop() + 1
        self._measured[id(node)] = size, depth
        self._add(size, depth, node.start_mark)
        return node

    def _compose_alias(self, event: Any) -> Alias:
        self._aliases += 1
        name, mark, node = event.anchor, event.start_mark, self.anchors.get(event.anchor)
        if self._aliases > MAX_ALIASES:
            raise FlawError(Flaw(place_of(mark), "E105", f"more than {MAX_ALIASES:,} aliases", "write the values out"))
        if node is None:
            hint = f"name the value that is meant with &{name} first; a text that begins with * must be in quotes"
            raise FlawError(Flaw(place_of(mark), "E105", f"nothing above is named &{name}", hint))
        if id(node) not in self._measured:
            hint = f"write out the value that *{name} is to have here"
            raise FlawError(Flaw(place_of(mark), "E105", f"*{name} stands inside the value that it means", hint))
        self._add(*self._measured[id(node)], mark)
        return Alias(node, mark)

    def _add(self, size: int, depth: int, mark: Any) -> None:
        self._sizes[-1] += size
        self._depths[-1] = max(self._depths[-1], depth)
        if self._sizes[-1] > MAX_VALUES:
            message = f"more than {MAX_VALUES:,} values, with all aliases written out"
            raise FlawError(
                Flaw(place_of(mark), "E105", message, "aliases of aliases multiply: write out only what is needed")
            )
        if len(self._depths) - 1 + depth > MAX_DEPTH:
            raise _too_deep(mark)


def _too_deep(mark: Any) -> FlawError:
    hint = "nothing in the language is deeper than ten: is a bracket left open?"
    return FlawError(Flaw(place_of(mark), "E105", f"more than {MAX_DEPTH} levels of nesting", hint))
