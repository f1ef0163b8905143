"""A graph of YAML nodes in, plain data, the place of every value, and what the language doesn't take out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from expc.compiler.reading.compose import Alias, Flaw, Place, place_of
from expc.compiler.reading.scalars import KINDS, TAG, Problem, foreign, scalar, shown

Pointer = tuple[str | int, ...]


class Entry(NamedTuple):
    """A key's value. If the key came by `<<`, it is `merged`, and `key` is the place of the `<<`."""

    key: Place
    value: Node | Alias
    merged: bool


def plain(node: Node | Alias) -> Any:
    """The value of a node, where None stands for what the language doesn't take."""
    match target := _target(node):
        case MappingNode():
            return {name: plain(entry.value) for name, entry in _entries(target).items()}
        case SequenceNode():
            return [plain(item) for item in target.value]
        case _:
            return scalar(str(target.tag), target.value)[0]


def places(
    node: Node | Alias, pointer: Pointer = (), key: Place | None = None
) -> Iterator[tuple[Pointer, Place, Place]]:
    """(pointer, place of the value, place of its key) of what is written out under a node.

    Nothing below an alias or a `<<` has a place: it is written elsewhere, where it may well be right."""
    # ruamel puts a value that isn't there at whatever comes next.
    here = key if key and _is_missing(node) else place_of(node.start_mark)
    yield pointer, here, key or here
    match node:
        case MappingNode():
            for name, entry in _entries(node).items():
                if entry.merged:
                    yield (*pointer, name), entry.key, entry.key
                else:
                    yield from places(entry.value, (*pointer, name), entry.key)
        case SequenceNode():
            for index, item in enumerate(node.value):
                if not _is_missing(item):
                    yield from places(item, (*pointer, index))


def column_of(root: Node, pointer: Pointer, at: int) -> int:
    """How far right of its beginning a text's character stands; 0 if the text is written in another way than it reads,
    over several lines or with escapes, or stands behind an alias."""
    node: Node | Alias = root
    for step in pointer:
        match node:
            case MappingNode():
                entry = _entries(node).get(str(step))
                if entry is None or entry.merged:
                    return 0
                node = entry.value
            case SequenceNode() if isinstance(step, int):
                node = node.value[step]
            case _:
                return 0
    if not isinstance(node, ScalarNode):
        return 0
    written = node.start_mark.buffer[node.start_mark.pointer : node.end_mark.pointer]
    if written == node.value:
        return at
    return at + 1 if written[1:-1] == node.value and written[:1] in ("'", '"') else 0


def torn_formula(root: Node | Alias) -> Flaw | None:
    """A formula between { and } that its comma ends, so that what follows would be keys that nobody wrote."""
    for mapping in _formulas(root):
        for _, value in mapping.value if mapping.flow_style else ():
            if isinstance(value, ScalarNode) and not value.style and value.value.count("(") > value.value.count(")"):
                message = f"between {{ and }} a comma ends a text, and this one is {shown(value.value)}"
                hint = 'put a formula with a comma in quotes: "if(epochs > 10, 2, 1)"'
                return Flaw(place_of(value.start_mark), "E106", message, hint)
    return None


def _formulas(root: Node | Alias) -> Iterator[MappingNode]:
    """What stands under `derive`, at the top and in the stages."""
    top = _mapping(root)
    for part in (top, *map(_mapping, _mapping(top.get("stages")).values())):
        if "derive" in part and isinstance(found := _target(part["derive"].value), MappingNode):
            yield found


def _mapping(found: Entry | Node | Alias | None) -> dict[str, Entry]:
    node = found.value if isinstance(found, Entry) else found
    target = _target(node) if node is not None else None
    return _entries(target) if isinstance(target, MappingNode) else {}


def flaws(node: Node | Alias) -> Iterator[Flaw]:
    """What the language doesn't take, each once, however often aliases repeat it."""
    if isinstance(node, Alias):
        return
    if problem := _problem(node):
        yield Flaw(place_of(node.start_mark), "E106", *problem)
    match node:
        case MappingNode() if _begins_with_braces(node):
            hint = 'a text with {{ }} in it must be in quotes: "{{ … }}"'
            yield Flaw(place_of(node.start_mark), "E106", "a mapping can't be the key of a mapping", hint)
        case MappingNode():
            yield from _repeated_keys(node)
            for key, value in node.value:
                yield from _bad_merge(value) if _is_merge(key) else _bad_key(key)
                yield from flaws(value)
        case SequenceNode():
            for item in node.value:
                yield from flaws(item)


def _entries(mapping: MappingNode) -> dict[str, Entry]:
    """What is written out wins over what is merged, and what is merged first over what is merged later."""
    found: dict[str, Entry] = {}
    for key, value in mapping.value:
        if _is_merge(key):
            for name, source in _merged(value):
                found.setdefault(name, Entry(place_of(key.start_mark), source, merged=True))
        elif (text := _key_text(key)) is not None and (text not in found or found[text].merged):
            found[text] = Entry(place_of(key.start_mark), value, merged=False)
    return found


def _merged(value: Node | Alias) -> Iterator[tuple[str, Node | Alias]]:
    match target := _target(value):
        case MappingNode():
            for name, entry in _entries(target).items():
                yield name, entry.value
        case SequenceNode():
            for source in target.value:
                yield from _merged(source)


def _target(node: Node | Alias) -> Node:
    return node.node if isinstance(node, Alias) else node


def _begins_with_braces(mapping: MappingNode) -> bool:
    first = mapping.value[0][0] if mapping.value else None
    return isinstance(first, MappingNode) and first.start_mark.index == mapping.start_mark.index + 1


def _is_missing(node: Node | Alias) -> bool:
    return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index


def _is_merge(key: Node | Alias) -> bool:
    return isinstance(key, ScalarNode) and key.tag == TAG + "merge"


def _key_text(key: Node | Alias) -> str | None:
    target = _target(key)
    if not isinstance(target, ScalarNode):
        return None
    text, _ = scalar(TAG + "str", target.value)
    return str(target.value) if text is None else text


def _problem(node: Node) -> Problem | None:
    if isinstance(node, ScalarNode):
        return scalar(str(node.tag), node.value)[1]
    usual = TAG + ("map" if isinstance(node, MappingNode) else "seq")
    return None if node.tag == usual else foreign(str(node.tag))


def _repeated_keys(mapping: MappingNode) -> Iterator[Flaw]:
    first: dict[str, int] = {}
    for key, _ in mapping.value:
        text, place = _key_text(key), place_of(key.start_mark)
        if text in first:
            hint = (
                f"it stands in line {first[text]} already: put what both hold under one, or remove or rename this one"
            )
            yield Flaw(place, "E104", f"repeated key {shown(text)}", hint)
        elif text is not None:
            first[text] = place.line


def _bad_merge(value: Node | Alias) -> Iterator[Flaw]:
    target = _target(value)
    for source in target.value if isinstance(target, SequenceNode) else [value]:
        if not isinstance(_target(source), MappingNode):
            hint = 'write `<<: *name`, where &name stands at a mapping; a text "<<" must be in quotes'
            yield Flaw(place_of(source.start_mark), "E106", "`<<` merges mappings, and this is none", hint)


def _bad_key(key: Node | Alias) -> Iterator[Flaw]:
    target, place = _target(key), place_of(key.start_mark)
    if not isinstance(target, ScalarNode):
        kind = "mapping" if isinstance(target, MappingNode) else "list"
        hint = "a text that begins with { or [ must be in quotes"
        yield Flaw(place, "E106", f"a key must be text, and this one is a {kind}", hint)
    elif target.tag in (TAG + "str", TAG + "value"):
        if problem := scalar(str(target.tag), target.value)[1]:
            yield Flaw(place, "E106", *problem)
    else:
        kind = KINDS.get(str(target.tag), "value with a tag")
        text = shown(target.value)[1:-1]
        yield Flaw(place, "E106", f"a key must be text, and {text} is a {kind}", f'quote it: "{text}"')
