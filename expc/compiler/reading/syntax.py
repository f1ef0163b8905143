"""What ruamel.yaml says of a text that isn't YAML in, its place and our words for it out."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from expc.compiler.reading.compose import Flaw, Place, place_of

_QUOTE = "a text that begins with one of * & ! % @ ` { [ or holds `: ` or ` #` must be in quotes"

_ESCAPE = "use single quotes, or write \\\\ for a backslash"
_CLOSE = "end the text with the quote that begins it"

# (in the problem, in its context, message, hint); the first row that fits counts.
# fmt: off
_WORDS = (
    ("found character '\\t'", "", "a tab where YAML takes spaces only", "indent with spaces"),
    ("end of stream", "quoted scalar", "a quote that is never closed", _CLOSE),
    ("document separator", "quoted scalar", "a quote that is never closed", _CLOSE),
    ("unknown escape", "", "an unknown escape in a text in double quotes", _ESCAPE),
    ("escape sequence of", "", "an escape without all its digits", _ESCAPE),
    ("expected ',' or ']'", "", "a list in brackets that is never closed", "end it with ], with commas between them"),
    ("expected ',' or '}'", "", "a mapping in braces that is never closed", "end it with }, with commas between them"),
    ("found '<stream end>'", "", "the file ends inside brackets or braces", "close what is open"),
    ("mapping values are not allowed", "", "a `:` where no key can stand", f"check this line's indentation; {_QUOTE}"),
    ("could not find expected ':'", "", "a line that is no `key: value`", "put a colon and a space after the key"),
    ("sequence entries are not allowed", "", "a `- ` where no list can stand", "put the list below its key"),
    ("but found ']'", "", "a bracket that was never opened", "remove it, or put quotes round the whole text"),
    ("but found '}'", "", "a brace that was never opened", "remove it, or put quotes round the whole text"),
    ("but found '<scalar>'", "", "a text where a key should stand", "align it, or put quotes round the text before it"),
    ("expected <block end>", "mapping", "a line that doesn't fit the keys above", "align it with its mapping's keys"),
    ("expected <block end>", "collection", "a line that doesn't fit the list above", "align it with the other items"),
    ("more indented follow up", "", "a text block whose first line is empty but deeper", "indent all its lines alike"),
    ("", "scanning an alias", "a `*` that begins no alias", _QUOTE),
    ("", "scanning an anchor", "an `&` that begins no anchor", _QUOTE),
    ("undefined tag handle", "", "a `!` that begins no tag", _QUOTE),
    ("", "a tag", "a `!` that begins no tag", _QUOTE),
    ("", "a directive", "a `%` line that YAML doesn't know", _QUOTE),
    ("cannot start any token", "", "a character that can't begin a value", _QUOTE),
)
# fmt: on
_UNCLOSED = ("expected ',' or", "end of stream", "document separator", "could not find")


def syntax_flaw(error: YAMLError, text: str) -> Flaw:
    """E103, or E107 where the text goes on with a second document."""
    if isinstance(error, ReaderError):
        return _unprintable(error, text)
    if not isinstance(error, MarkedYAMLError):
        return Flaw(Place(1, 1), "E103", "this isn't YAML", _QUOTE)
    problem, context = str(error.problem), str(error.context)
    place = place_of(_mark(error, problem, context))
    if "another document" in problem:
        return Flaw(
            place,
            "E107",
            "a second document begins here",
            "a file holds one spec: remove this `---`, or split the file",
        )
    message, hint = _words(problem, context)
    return Flaw(place, "E103", message, hint)


def _mark(error: MarkedYAMLError, problem: str, context: str) -> Any:
    """What is noticed only later, or at the file's end, is shown where it began."""
    at, opened = error.problem_mark, error.context_mark
    if opened and (at is None or any(word in problem for word in _UNCLOSED) or context.startswith("while scanning an")):
        return opened
    return at


def _words(problem: str, context: str) -> tuple[str, str]:
    for in_problem, in_context, message, hint in _WORDS:
        if in_problem in problem and in_context in context:
            return message, hint
    return f"this isn't YAML ({problem})", _QUOTE


def _unprintable(error: ReaderError, text: str) -> Flaw:
    before = text[: error.position].splitlines() or [""]
    if text[: error.position].endswith("\n"):
        before.append("")
    message = f"the character {ord(text[error.position]):#06x} can't stand in YAML"
    return Flaw(
        Place(len(before), len(before[-1]) + 1), "E103", message, 'remove it, or write it as an escape: "\\x1b"'
    )
