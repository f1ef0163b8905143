"""A template and a choice for each of its slots in, the files of a variant and their hashes out."""

from __future__ import annotations

import hashlib
import io
import json
import textwrap
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from expc.assets import asset
from expc.compiler.templates.method import Method, chosen_methods, method_reads

if TYPE_CHECKING:
    from expc.compiler.templates.parameter import Parameter
    from expc.compiler.templates.template import Template

__all__ = ["Method", "Variant", "method_reads", "normalised", "render"]

# Layout, which means nothing where it stands on a line of its own.
_EMPTY = {tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Variant:
    """Generated code: the files, by name, and hashes of their text without comments and blank lines.

    `program` is of all files that decide a trial's result, `evaluator` of the program of an evaluation,
    `variant` of all files. Names of choices and methods are in none of them."""

    files: tuple[tuple[str, str], ...]
    file_hashes: tuple[tuple[str, str], ...]
    program: str
    evaluator: str | None
    variant: str


def render(template: Template, choices: Mapping[str, str], methods: Mapping[str, Method]) -> Variant:
    """The files of the variant that has these choices; a slot that isn't named has its default.

    A value that is the name both of a built-in choice and of a method of that slot is the method."""
    chosen = template.choices(choices)
    used = chosen_methods(chosen, methods)
    files = {"config.py": _config(_fields(template, chosen, used))}
    for path in _plain_files(template):
        files[path.name] = _text(path)
    for name, slot in template.slots.items():
        files[slot.file] = used[name].text if name in used else _text(template.folder / name / f"{chosen[name]}.py")
    hashes = {name: _hash(normalised(text) if name.endswith(".py") else text) for name, text in sorted(files.items())}
    return Variant(
        files=tuple(sorted(files.items())),
        file_hashes=tuple(hashes.items()),
        program=_hash(json.dumps([[name, found] for name, found in hashes.items() if name != template.evaluate])),
        evaluator=hashes[template.evaluate] if template.evaluate else None,
        variant=_hash(json.dumps(list(hashes.items()))),
    )


@lru_cache(maxsize=512)
def normalised(text: str) -> str:
    """Python without comments and blank lines; strings stay as they are. What isn't Python stays whole."""
    lines = text.replace("\r\n", "\n").split("\n")
    said: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                lines[line - 1] = lines[line - 1][:column].rstrip()
            elif token.type not in _EMPTY:
                said.update(range(line, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return text
    return "".join(line + "\n" for number, line in enumerate(lines, 1) if number in said)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _plain_files(template: Template) -> list[Path]:
    """The files that are the same in every variant."""
    own = sorted(template.folder.glob("*.py"))
    return [*own, *(template.folder.parent / "shared" / name for name in template.shared)]


def _config(fields: list[_Field]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(asset("templates")),
        undefined=StrictUndefined,
        autoescape=False,  # it is Python; no value enters it, and a description only as a comment
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["comment"] = _comment
    return environment.get_template("config.py.j2").render(fields=fields)


@dataclass(frozen=True)
class _Field:
    name: str
    type: str
    description: str
    may_be_off: bool


def _fields(template: Template, chosen: Mapping[str, str], used: Mapping[str, Method]) -> list[_Field]:
    """The fields of a configuration. Those with a default stand last, as a dataclass wants it."""
    methods = {method.name: method for method in used.values()}
    fields = [_field(parameter, may_be_off) for parameter, may_be_off in template.readable(chosen, methods)]
    for slot, method in used.items():
        own = [(name, default) for name, default in sorted(method.parameters.items()) if method.may_read(name)]
        fields += [_Field(name, _type_of(default), f"Of the {slot} alone.", False) for name, default in own]
    return sorted(fields, key=lambda field: field.may_be_off)


def _field(parameter: Parameter, may_be_off: bool) -> _Field:
    none = " | None" if parameter.optional or may_be_off else ""
    return _Field(parameter.name, parameter.annotation + none, parameter.description, may_be_off)


def _type_of(default: object) -> str:
    """The annotation of a method's own parameter, of which only the default is known."""
    if default is None:
        return "object"
    if isinstance(default, (list, tuple)):
        kinds = {type(item).__name__ for item in default}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list"
    return type(default).__name__


def _comment(text: str) -> str:
    """Lines of a comment below a class. Whatever could end a line is a space, so that no text gets out of it."""
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return "\n".join(f"    # {line}" for line in textwrap.wrap(" ".join(words), width=114))
