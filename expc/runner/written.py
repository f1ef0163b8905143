"""A JSON file that expc wrote in, what it says out; or Damaged: where it isn't what was written, and what to do.

A merge leaves its marks in such files, a disk loses parts of them, and people edit them."""

import json
import os
import re

from .forms import misfit
from .places import words

MARK = re.compile(rb"^(?:<{7}|>{7})(?: .*|)$", re.MULTILINE)
"""What git leaves where it couldn't merge."""


class Damaged(ValueError):  # noqa: N818 - a file is damaged, not in error
    """A file of expc's that can't be read; the message says where, and what to do."""


def read(path, advice, form=None):
    """`advice` says what makes the file anew, and `form` (see `forms`) what it has to hold."""
    found = decoded(content(path, advice), path, advice)
    wrong = misfit(found, form) if form else ""
    if wrong:
        raise damaged(path, wrong, advice)
    return found


def whole(path, advice, form):
    """What the file says, which was written last into its folder: Damaged if another one there, whose size it says,
    is gone or has another."""
    found, folder = read(path, advice, form), os.path.dirname(path)
    for name, size in found.get("sizes", {}).items():
        file = os.path.join(folder, name)
        exists(file, f"delete {folder}, and {advice}")
        there = os.path.getsize(file)
        if there != size:
            raise Damaged(
                f"{file} is damaged: it has {there} bytes, and had {size}.\n    Delete {folder}, and {advice}."
            )
    return found


def content(path, advice):
    """The bytes of a file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise unopened(path, advice, error) from None


def unopened(path, advice, error):
    """What to raise where a file can't be opened."""
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Damaged(words(error))
    if os.path.islink(path):
        return Damaged(f"{path} is a link that leads nowhere.\n    Delete it, and {advice}.")
    return gone(path, advice)


def gone(path, advice):
    return Damaged(f"{path} isn't there.\n    {advice[0].upper() + advice[1:]}.")


def exists(path, advice):
    if not os.path.exists(path):
        raise gone(path, advice)


def decoded(text, path, advice, line=None):
    """The value of JSON: of a whole file, or of a line of it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        place, why = fault(text, error)
        where = "".join(f":{number}" for number in ((line, *place[1:]) if line else place))
        raise damaged(f"{path}{where}", why, advice) from None


def damaged(place, why, advice):
    return Damaged(f"{place} is damaged: {why}.\n    Delete it, and {advice}.")


def fault(text, error):
    """((line, column) or (), what is wrong there) of bytes that are no JSON, as the `error` has it."""
    if not text.strip():
        return (), "it is empty"
    mark = MARK.search(text)
    if mark:
        return position(text, mark.start()), "git left a conflict in it ({})".format(
            mark.group().decode(errors="replace")
        )
    if b"\0" in text and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return position(text, text.index(b"\0")), "there are NUL bytes, as a disk leaves them that failed or was full"
    if isinstance(error, UnicodeDecodeError):
        return position(text, error.start), "this isn't UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return (error.lineno, error.colno), error.msg
    return (), "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"


def position(text, at):
    """Line and column, from 1 on."""
    return text.count(b"\n", 0, at) + 1, at - text.rfind(b"\n", 0, at)
