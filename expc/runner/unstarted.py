"""Why the system refuses to start a program in, what its author can do about it out."""

import errno
import os

SIMILAR = 0.7
"""From 0 to 1: how alike a program's name must be to be the one that was meant."""


def reason(error, command):
    """In words; `error` is what exec has raised. The working directory and PATH are the program's."""
    name = command[0]
    kind = getattr(error, "errno", None)
    if isinstance(error, ValueError):
        return "an argument holds a NUL character, which no program can be given"
    if kind == errno.ENOENT:
        return (interpreter_missing(name) if "/" in name else "") or absent(name, os.environ.get("PATH", os.defpath))
    if kind == errno.EACCES:
        return f"{name} may not be executed: `chmod +x {name}`, or name its interpreter, as in `python {name}`"
    if kind == errno.ENOEXEC:
        return f"{name} is nothing that this machine can execute: a script begins with a line such as #!/bin/sh"
    if kind == errno.E2BIG:
        return "its arguments are longer than this system allows"
    return str(error)


def absent(name, path, code="."):
    """Of a program that isn't there. `path` is where it was looked for, `code` the program's folder."""
    if "/" in name:
        return f"there is no file {name}"
    if os.path.isfile(os.path.join(code, name)):
        return f"there is no program {name}; {name} is a file of the code: write ./{name}, or name its interpreter"
    meant = similar(name, path)
    return f"there is no program {name}" + (f"; did you mean {meant}?" if meant else "")


def interpreter_missing(name):
    """A script whose first line names what isn't there; the system then says that the script isn't."""
    try:
        with open(name, "rb") as file:
            first = file.readline(500)
    except OSError:
        return ""
    if not first.startswith(b"#!") or not first[2:].split():
        return ""
    if first.endswith(b"\r\n"):
        return f"{name} has Windows line endings, which its first line may not have: `sed -i 's/\\r$//' {name}`"
    return f"{name} is to be run by {first[2:].split()[0].decode(errors='replace')}, which isn't there"


def similar(name, path):
    """A program with nearly this name; empty if there is none."""
    from difflib import get_close_matches  # seldom needed

    found = set()
    for folder in path.split(os.pathsep):
        try:
            found.update(os.listdir(folder or "."))
        except OSError:
            continue
    close = get_close_matches(name, sorted(found, key=lambda one: (len(one), one)), n=1, cutoff=SIMILAR)
    return close[0] if close else ""
