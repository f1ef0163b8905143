"""Why a trial failed and what it printed in, what its author can do about it out, in a line; or nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from expc.cli.watching.broke import text_of
from expc.cli.watching.listed import on_lists

LINES = 40
"""The last lines of a log that are looked at."""

MISSING = (
    re.compile(r"No such file or directory:? *\(?b?['\"]([^'\"]+)['\"]"),
    re.compile(r"(?i)(?:can't|cannot|could not|unable to) open(?: the)?(?: file)? *[`'\"]([^`'\"]+)[`'\"]"),
    re.compile(r"([^\s'\":]+): (?:No such file|cannot open|can't open)"),
    re.compile(r"FileNotFoundError: ['\"]?([^\s'\"]+)['\"]? (?:not found|does not exist)"),
)
MODULE = re.compile(r"No module named ['\"]([A-Za-z_]\w*)")
SEED = re.compile(
    r"(?i)(?:unrecogni[sz]ed|unknown|no such|unexpected)[^\n]*--seed(?![\w-])"
    r"|unknown command line flag 'seed'|(?:could not consume arg|cannot find key): --seed="
)
"""What argparse, click, absl, Fire and others say of an option that a program doesn't take."""
REFUSED = re.compile(r"(?i)(?:unrecogni[sz]ed|unknown|no such|unexpected) [^\n]*--[a-z][^\n]*")
OPTION = re.compile(r"--([A-Za-z][\w.-]*)")
SWITCH = re.compile(
    r"(?i)argument (?:-\w/)?--([\w.-]+)[^\n]*: ignored explicit|option '?--([\w.-]+)'? does not take a value"
)
"""What argparse and click say of a value that is given to an option which takes none."""
ON_ONE = (
    "--{0} takes no value: write {{{0}:--{0}}} into the command: --{0} where {0} is true, nothing where it is false"
)
ON_TWO = (
    "--{0} takes no value: write {{{0}:--{0}|--no-{0}}} into the command: --{0} where {0} is true, --no-{0} where it is"
    " false"
)
OFFLINE = re.compile(
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable"
    r"|Could not resolve host|nodename nor servname|NameResolutionError|getaddrinfo failed"
)
"""What programs say that may not ask a server for anything, or can't."""
POINTER = re.compile(r"Unsupported operand 118\b|invalid load key, 'v'")
"""What PyTorch and pickle say of a file that begins with a `v`, as those do that git-lfs leaves in place of others."""
ON_POINTER = (
    "a file that it loads begins as a pointer of git-lfs does: `git lfs pull` fetches what it stands for, then"
    " `expc retry`"
)
UNANSWERED = re.compile(
    r"asked \d+ times, and at last [^\n]*(?:Connection ?error|Connection refused|timed out|Timeout)",
    re.IGNORECASE,
)
"""What `llm-evaluation` says of a server that isn't there."""
OTHERWISE = re.compile(r"the spec asks for .+, and it measured (?!nothing$)(.+)")
"""What a rehearsal says of a metric that is spelt in another way than in the spec, mostly."""
TORN = re.compile(
    r"PytorchStreamReader failed|Ran out of input|invalid load key|pickle data was truncated|File is not a zip file"
    r"|SafetensorError|MetadataIncompleteBuffer"
)
"""What PyTorch, pickle, NumPy and safetensors say of a file that isn't whole."""
ON_TORN = (
    "a file that it reads isn't whole: if that is a checkpoint of a trial from which it takes, delete it and"
    " `expc retry`; the trial that saved it trains again first"
)
HOME = re.compile(r"['\"](?:/[^'\"\s]*)?/expc-[A-Za-z0-9_]{8}/\d+/([^'\"]+)['\"]")
"""A file in the empty folder that is a trial's home."""
UNDER_WORK = re.compile(r".*/work/")
"""Where a trial's program starts."""


def advice(kind: str, detail: str, log: Path, specs: Iterable[Path], network: str) -> str:
    """`kind` and `detail` are of the cause; `specs` are files that may ask for the trial, and may be gone; `network` is
    what the outcome says of it, or empty."""
    if kind == "metrics":
        return _on_metrics(detail)
    if kind not in ("code", "start"):
        return ""
    text = f"{_end(log)}\n{detail}"
    if SEED.search(text):
        return (
            "the program doesn't take --seed, as which {args} hands the seed on: write each parameter and the seed into"
            " the command as the program calls them, as in `--lr={lr} --random-seed={seed}`, in place of {args}"
        )
    if switch := SWITCH.search(text):
        name = switch[1] or switch[2]
        return (ON_TWO if f"--no-{name}" in text else ON_ONE).format(name)
    specs = list(specs)
    if POINTER.search(text) or TORN.search(text):
        return ON_POINTER if POINTER.search(text) else ON_TORN
    folders = dict.fromkeys(spec.parent for spec in specs)
    found = (hint for one in folders for hint in (*_on_modules(text, one), *_on_files(text, one)))
    return next(itertools.chain(_on_options(text), on_lists(text, specs), found, _on_what_is_denied(text, network)), "")


def _on_options(text: str) -> Iterator[str]:
    """An option that the program has by another spelling, as it says itself where it says how it is used."""
    for refused in dict.fromkeys(OPTION.findall("\n".join(REFUSED.findall(text)))):
        for known in dict.fromkeys(OPTION.findall(text)):
            if known != refused and _plain(known) == _plain(refused):
                yield f"the program calls it --{known}: name the parameter {known} in the spec"


def _on_what_is_denied(text: str, network: str) -> Iterator[str]:
    """What a program finds where its author starts it, and a trial doesn't."""
    if home := HOME.search(text):
        yield (
            f"~ is an empty folder for a trial, so that ~/{home[1]} isn't there: name what it reads under `inputs:"
            " {NAME: {file: …}}` (or `path`, for a folder), and hand it over as {input.NAME} in the command"
        )
    if UNANSWERED.search(text):
        yield (
            "no server answers: does the one at `api_base` run (without it: can the model's provider be reached)? What"
            " was answered is kept, and `expc retry` asks for the rest"
        )
    if network == "none" and OFFLINE.search(text):
        yield (
            "trials have no network: let expc fetch what it downloads, `inputs: {NAME: {url: …, sha256: …}}` and"
            " {input.NAME} in the command; or allow it, `environment: {network: host}`"
        )


def _plain(option: str) -> str:
    return re.sub(r"[_.]", "-", option.lower())


def _on_metrics(detail: str) -> str:
    if other := OTHERWISE.search(detail):
        return f"under `metrics` stand the names that the program gives its numbers: {other[1]}"
    if "pattern" in detail:
        return (
            "compare the pattern with what the program prints: its group must fit the number, on one line; mend it, and"
            " `expc run` reads what was printed again, and starts no program"
        )
    return "what it prints can be read, too: `results: {pattern: {accuracy: 'accuracy: ([-+0-9.e]+)'}}` under `task`"


def _on_modules(text: str, folder: Path) -> Iterator[str]:
    for name in dict.fromkeys(MODULE.findall(text)):
        for there, pattern in ((f"{name}.py", f"{name}.py"), (f"{name}/__init__.py", f"{name}/**")):
            if (folder / there).is_file():
                yield f"{there} lies beside the spec, but is no part of the program: add it, {_include(pattern)}"


def _on_files(text: str, folder: Path) -> Iterator[str]:
    for named in dict.fromkeys(name for pattern in MISSING for name in pattern.findall(text)):
        name = UNDER_WORK.sub("", named)
        if not Path(name).is_absolute() and (folder / name).exists() and Path(name).parts:
            kind = "path" if (folder / name).is_dir() else "file"
            entry = re.sub(r"\W+", "_", Path(name).stem).strip("_") or "file"
            yield (
                f"{name} lies beside the spec, and trials start in a copy of the code alone: make it an input, `inputs:"
                f" {{{entry}: {{{kind}: {name}}}}}` and {{input.{entry}}} in the command; or a part of the program,"
                f" {_include(name if kind == 'file' else f'{name}/**')}"
            )


def _include(pattern: str) -> str:
    return f"`code: {{include: [{pattern}, …]}}` under `task`, with all of its files"


def _end(log: Path) -> str:
    return "\n".join(text_of(log).splitlines()[-LINES:])
