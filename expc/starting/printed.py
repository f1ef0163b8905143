"""The lines that a program prints in, the metrics among them out: each with a name, and a pattern that finds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from expc.starting.lines import Line, Shown, lines
from expc.starting.naming import COUNTS, METRICS, metric_name, own_words, words
from expc.starting.source import Source

VALUE = "nan|-?inf|[-+0-9.e]*[0-9]"
"""What Python prints of a number; a full stop behind it is none of it."""

STEPS = ("epoch", "epochs", "step", "steps", "iter", "iteration", "iterations", "it", "ep", "round", "generation")
SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")
FLOAT = re.compile(r".*[efgEG%]")
PADDED = re.compile(r"[<>^=+\- ]*\d")
MOST = 8


@dataclass(frozen=True)
class Printed:
    """A metric as a spec calls it, and the expression that finds it in what the program prints."""

    metric: str
    pattern: str


@dataclass(frozen=True)
class Seen:
    """A value of a line that may be a metric; `clear` if there is hardly a doubt."""

    metric: str
    line: Line
    at: int
    clear: bool


def printed(source: Source, defaults: Mapping[str, Any]) -> tuple[Printed, ...]:
    """`defaults` are those of the program's options: what only shows one again is no metric."""
    every = list(lines(source))
    seen = [one for line in every for one in _apart(list(_seen(source, line, defaults)))]
    if any(one.clear for one in seen):
        seen = [one for one in seen if one.clear]
    chosen: dict[str, Seen] = {}
    for one in seen:
        before = chosen.get(one.metric)
        if before is None or before.line.again or not one.line.again:  # what is said at the end stands outside of loops
            chosen[one.metric] = one
    found = sorted(chosen.values(), key=lambda one: one.metric.startswith("train."))
    return tuple(Printed(one.metric, _pattern(one, every)) for one in found[:MOST])


def _seen(source: Source, line: Line, defaults: Mapping[str, Any]) -> Iterator[Seen]:
    beginning = words(line.texts[0])[:2]
    for at, value in enumerate(line.values):
        own = own_words(source, value.node)
        if own is None or _is_option(value.node, defaults) or _is_no_metric(line, at):
            continue
        label = _label(line, at)
        if not line.whole and not re.search("[A-Za-z]", "".join(line.texts)):
            continue  # a logger's own words stand before it: nothing tells it from other numbers
        met = {*label, *own}
        known = bool(met & METRICS)
        if known or (not met & COUNTS and (label or _is_named(line, at, own))):
            clear = known or FLOAT.fullmatch(value.form) is not None
            yield Seen(metric_name(label, own, beginning), line, at, clear)


def _apart(seen: Sequence[Seen]) -> Iterator[Seen]:
    """Of the values of one line that would have one name, that with the name before it keeps it; another is called by
    what stands before it, too: in `loss 0.2 (best so far 0.1)`, `best_loss`."""
    for one in seen:
        same = [other for other in seen if other.metric == one.metric]
        first = next((other for other in same if METRICS.intersection(_label(other.line, other.at))), same[0])
        split, _, name = one.metric.rpartition(".")
        known = _label(first.line, first.at)
        other = next((word for word in _label(one.line, one.at) if word not in known), None)
        if one is first:
            yield one
        elif other is not None:
            yield replace(one, metric=f"{split}.{other}_{name}".lstrip("."))


def _is_named(line: Line, at: int, own: Sequence[str]) -> bool:
    """Whether a value without words before it can be told from others: of `{name}: {x}`, only a run tells the name."""
    first = at == 0 or _is_step(line, at - 1)
    return len(line.values) == 1 or (first and any(len(word) > 1 for word in own))


def _is_option(node: ast.expr, defaults: Mapping[str, Any]) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(), attr=name) | ast.Name(id=name):
            return name in defaults
        case _:
            return False


def _is_no_metric(line: Line, at: int) -> bool:
    """A step, 3 and 5 of `3/5`, a text, a number that no pattern reads."""
    form = line.values[at].form
    return _is_step(line, at) or _is_part(line, at) or form.endswith("s") or ("," in form and not FLOAT.fullmatch(form))


def _is_step(line: Line, at: int) -> bool:
    value, label = line.values[at], _label(line, at)
    name = value.node.id if isinstance(value.node, ast.Name) else ""
    is_named = label[-1] in STEPS if label else name.lower() in STEPS
    return is_named and not FLOAT.fullmatch(value.form)


def _is_part(line: Line, at: int) -> bool:
    """Whether a value is a part of `3/5`."""
    return line.texts[at].strip() == "/" or line.texts[at + 1].lstrip().startswith("/")


def _label(line: Line, at: int) -> list[str]:
    """The words just before a value: `, best val acc: ` has three. In `accuracy: 3/5 (60%)`, 60 has that of 3."""
    text = re.sub(r"[\s:=\"'~≈(\[]+$", "", line.texts[at])
    if at and (text == "/" or (not text and _is_part(line, at - 1))):
        return _label(line, at - 1)
    return words(re.split(r"[,;|:()\[\]{}/\"'!?]|\.(?!\w)|->|=>|→", text)[-1])


def _pattern(one: Seen, every: Sequence[Line]) -> str:
    """The short expression if it says something, and finds the value alone of all that the program prints; else one
    over the whole line."""
    short = _short(one)
    said = len(one.line.values) == 1 or re.search("[A-Za-z]", one.line.texts[one.at])
    others = [line for line in every if line is not one.line]
    mine = _found(short, one.line) == [_number(one.at)]
    return short if said and mine and not any(_found(short, line) for line in others) else _long(one)


def _short(one: Seen) -> str:
    """With the text just before the value, and the step where there is one."""
    line, at = one.line, one.at
    step = next((place for place in range(at) if _is_step(line, place)), None)
    if step is None:
        begins = line.whole and at == 0
        return f"{'^' if begins else ''}{_before(line, at, exactly=begins)}({VALUE}){_end(line.values[at])}"
    follows = step == at - 1
    counted = f"{_before(line, step)}(?P<step>[0-9]+){'' if follows else '.*'}"
    return f"{counted}{_before(line, at, exactly=follows)}(?P<value>{VALUE}){_end(line.values[at])}"


def _end(value: Shown) -> str:
    """Of 1,234.5 nothing is found, rather than 1."""
    return "(?!,?[0-9])" if "," in value.form else ""


def _before(line: Line, at: int, *, exactly: bool = False) -> str:
    """The text before a value; without the space that it begins with, unless it must stand exactly there."""
    text = _escaped(line.texts[at] if exactly else line.texts[at].lstrip())
    return f"{text.rstrip(' ')} *" if PADDED.match(line.values[at].form) else text


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("\t", r"\t")


def _long(one: Seen) -> str:
    line = one.line
    parts = [_escaped(line.texts[0])]
    for at, text in enumerate(line.texts[1:]):
        step = at < one.at and _is_step(line, at)
        value = f"(?P<value>{VALUE}){_end(line.values[at])}" if at == one.at else "(?P<step>[0-9]+)" if step else ".*?"
        parts.append(value + _escaped(text))
    return f"^{''.join(parts)}$" if line.whole else "".join(parts)


def _number(at: int) -> str:
    return str(100 + at)


def _found(pattern: str, line: Line) -> list[str]:
    """The values that a pattern finds in a line as the program might print it, each value another number."""
    sample = line.texts[0] + "".join(_number(at) + text for at, text in enumerate(line.texts[1:]))
    compiled = re.compile(pattern)
    group = "value" if "value" in compiled.groupindex else 1
    return [match[group] for match in compiled.finditer(sample)]
