"""The texts with a grammar of their own in, what they mean out: durations, sizes, references to metrics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_NAME = "[A-Za-z_][A-Za-z0-9_/-]*"
_SPLIT = "train|validation|test"
_DURATION = re.compile(
    r"(?:(?P<days>[0-9]{1,6})-)?(?P<hours>[0-9]{1,6}):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])"
    r"|(?=.)(?:(?P<d>[0-9]{1,6})d)?(?:(?P<h>[0-9]{1,6})h)?(?:(?P<m>[0-9]{1,6})m)?(?:(?P<s>[0-9]{1,6})s)?",
    re.ASCII,
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "d": 86400, "h": 3600, "m": 60, "s": 1}
_SIZE = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)(?P<unit>[kMGT]B|[KMGT]iB)", re.ASCII)
_BYTES = {
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_REFERENCE = re.compile(
    rf"(?:(?P<split>{_SPLIT})\.)?(?P<name>{_NAME})"
    rf"(?:@(?:(?P<last>last)|best\((?P<best>(?:{_SPLIT})\.{_NAME})\)|step\((?P<step>[0-9]{{1,9}})\)))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Reference:
    """`[split.]name[@rule]`: `rule` is `last`, `best` (its argument a metric with its split) or `step` (a number)."""

    split: str | None
    name: str
    rule: str | None = None
    argument: str | None = None


def input_placeholders(command: str) -> list[str]:
    """The names in a command's `{input.<name>}`, each once."""
    named = (match[1] or "" for match in _PLACEHOLDER.finditer(command))
    return list(dict.fromkeys(name.removeprefix("input.") for name in named if name.startswith("input.")))


def parse_duration(text: str) -> int:
    """Seconds, at least 1. Raises ValueError."""
    parts = _matched(_DURATION, text, "a duration", "30s, 30m, 2h, 1h30m or 1-12:00:00").groupdict()
    seconds = sum(_SECONDS[unit] * int(number) for unit, number in parts.items() if number)
    return _positive(seconds, text, "a duration")


def duration(seconds: int) -> str:
    """Seconds as `parse_duration` reads them: 30m, 1h30m, 1-12:00:00."""
    hours, rest = divmod(seconds, 3600)
    if hours >= 24:
        return f"{hours // 24}-{hours % 24:02}:{rest // 60:02}:{rest % 60:02}"
    parts = ((hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def parse_size(text: str) -> int:
    """MiB, rounded up, at least 1. Raises ValueError."""
    match = _matched(_SIZE, text, "a size", "512MiB, 16GB or 1.5TB")
    return _positive(-(-Fraction(match["number"]) * _BYTES[match["unit"]] // 2**20), text, "a size")


def parse_reference(text: str) -> Reference:
    """Raises ValueError."""
    match = _matched(_REFERENCE, text, "a metric", "accuracy, validation.loss, loss@last or loss@best(validation.loss)")
    for rule in ("last", "best", "step"):
        if match[rule] is not None:
            argument = {"last": None, "best": match["best"], "step": str(int(match["step"] or 0))}[rule]
            return Reference(match["split"], match["name"], rule, argument)
    return Reference(match["split"], match["name"])


def _matched(pattern: re.Pattern[str], text: str, what: str, examples: str) -> re.Match[str]:
    if match := pattern.fullmatch(text):
        return match
    raise ValueError(f"{text!r} is not {what}; write it like {examples}")


def _positive(number: int, text: str, what: str) -> int:
    if number < 1:
        raise ValueError(f"{text!r} is not {what}: it must be more than nothing")
    return number
