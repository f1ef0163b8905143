"""A scope in, the texts of the files that its parameters name out; or what is wrong with such a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from expc.compiler.meaning.scope import Scope
from expc.compiler.templates.parameter import Parameter
from expc.spec import Value

LARGEST = 200_000
"""Bytes of such a file. It stands in the plan once for each trial."""

NEAR = 0.75
"""How much a word is like a placeholder that is meant by it: `choice` and `Question` are, `option` isn't."""


def texts(scope: Scope, base: Path) -> dict[str, str]:
    """Path as it is written -> text. Checks have been there before: what isn't there is no file of this template."""
    return {
        path: (base / path).read_text(encoding="utf-8") for path in sorted({*_named(scope)}) if (base / path).is_file()
    }


def with_texts(params: Mapping[str, Value], files: frozenset[str], found: Mapping[str, str]) -> Mapping[str, Value]:
    """The parameters, with the text in place of the path of each that is a file."""
    if not files:
        return params
    return {name: found[str(value)] if name in files and value is not None else value for name, value in params.items()}


def problem(parameter: Parameter, path: Path, elsewhere: Mapping[str, str] = MappingProxyType({})) -> tuple[str, str]:
    """(message, hint) on a file that is there and can't be used; two empty texts if it can. `elsewhere` gives what
    stands for something in the files of other parameters, and of which."""
    try:
        content = path.read_bytes()
        text = content.decode()
    except OSError as error:
        return f"can't be read: {error.strerror}", "check who may read it"
    except UnicodeDecodeError as error:
        return f"is not UTF-8 text: {error.reason} at byte {error.start}", "save it as UTF-8"
    about = f"{parameter.name} is: {parameter.description}"
    if len(content) > LARGEST:
        return f"has {len(content):,} bytes, and at most {LARGEST:,} can be", about
    if not text.strip() or "\0" in text:
        return "holds a NUL character" if text.strip() else "is empty", about
    lacks = next((wanted for wanted in parameter.holds if wanted not in text), None)
    if lacks is not None:
        meant = _otherwise(lacks, text) or _misspelt(lacks, text)
        return f"lacks {lacks}", f"it has {meant}: write {lacks}" if meant else about
    known = (*parameter.holds, *parameter.fills)
    return next(
        filter(any, (*(_strange(wanted, text) for wanted in known), _foreign(known, elsewhere, text))), ("", "")
    )


def _strange(wanted: str, text: str) -> tuple[str, str]:
    """What is wrong with the way in which a placeholder is written, where it stands or should."""
    message = "has {}, for which nothing is filled in"
    if any(found := _wrapped(wanted, text)):
        return found
    meant = _misspelt(wanted, text) or ("" if wanted in text else _in_other_tools(wanted, text))
    hint = f"write {wanted}; if {meant} is meant, put blanks into it"
    return (message.format(meant), hint) if meant else ("", "")


def _foreign(known: tuple[str, ...], elsewhere: Mapping[str, str], text: str) -> tuple[str, str]:
    for wanted, name in elsewhere.items():
        if wanted in text and wanted not in known:
            return f"has {wanted}, for which nothing is filled in here", f"{wanted} is for the file of `{name}`"
    return "", ""


def _wrapped(wanted: str, text: str) -> tuple[str, str]:
    """What is wrong where a placeholder stands in that of another tool: of that, the outer signs stay. A line in which
    another $ follows may be mathematics."""
    place = re.escape(wanted)
    found = re.search(rf"\{{+{place}\}}+|\$+{place}(?![^\n]*\$)", text)
    if not found:
        return "", ""
    before, _, after = found[0].partition(wanted)
    left = f"{before}…{after}"
    hint = f"write {wanted}; if {left} is meant, put blanks between: {' '.join((before, wanted, after)).rstrip()}"
    return f"has {found[0]}, of which {left} would stay around what stands for {wanted}", hint


def _otherwise(wanted: str, text: str) -> str:
    """What may stand for a placeholder that is missing: what other tools write, braces with more in them, tags."""
    name = re.escape(wanted.strip("{}"))
    loosely = re.compile(rf"\{{\s*{name}\b[^{{}}\n]*\}}|\$\{{?{name}\b\}}?|<{name}>|\[{name}\]", re.IGNORECASE)
    found = loosely.search(text)
    return _in_other_tools(wanted, text) or (found[0] if found else "")


def _in_other_tools(wanted: str, text: str) -> str:
    """How other tools write it, if the text has that; but not mathematics."""
    name = re.escape(wanted.strip("{}"))
    jinja, shell = rf"(?<![\w\\}}])\{{\{{[-+~#&\s]*{name}\b[^{{}}\n]*\}}\}}", rf"\${name}\b(?![^\n]*\$)"
    found = re.search(rf"{jinja}|{shell}|%\({name}\)s", text, re.IGNORECASE)
    return found[0] if found else ""


def _misspelt(wanted: str, text: str) -> str:
    """A word in braces that is nearly the one that is known, if the text has such: `{qestion}`, `{choice}`; but not
    what TeX has in braces."""
    name = wanted.strip("{}")
    for found in re.finditer(r"(?<![\w\\}])\{([A-Za-z_]+)\}", text):
        if found[0] != wanted and get_close_matches(found[1].lower(), [name], cutoff=NEAR):
            return found[0]
    return ""


def _named(scope: Scope) -> Iterator[str]:
    templates = (stage.template for stage in scope.stages.values() if stage.template)
    files = {p.name for template in templates for p in template.parameters.values() if p.is_file}
    spec = scope.spec
    stated = [spec.params, *(stage.params for stage in spec.stages.values()), *(one.params for one in spec.overrides)]
    stated += [level.sets for factor in spec.factors.values() for level in factor.levels]
    for values in stated if files else ():
        yield from (value for name, value in values.items() if name in files and isinstance(value, str))
