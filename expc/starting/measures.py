"""A program in, where it seems to leave what it measures out: a JSON file, or lines that it prints."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expc.starting.printed import Printed, printed
from expc.starting.source import UNKNOWN, Source, called, keywords

LESS_IS_BETTER = re.compile(
    r"(.*[_./-])?(loss|error|err|mse|rmse|mae|nll|perplexity|ppl|bleurt_loss|time|seconds|latency|cost|wer|cer|fid|regret)"
    r"([_./-].*)?",
    re.IGNORECASE,
)
SPLITS = {
    "train": "train.",
    "validation": "validation.",
    "val": "validation.",
    "valid": "validation.",
    "dev": "validation.",
}
SPLITS["test"] = ""
NAME = re.compile(r"(?:(?:train|validation|test)\.)?[A-Za-z_][A-Za-z0-9_/-]*")


@dataclass(frozen=True)
class Measures:
    """`file` is relative to the folder in which the program starts; `metrics` are as a spec calls them."""

    file: str | None = None
    metrics: tuple[str, ...] = ()
    printed: tuple[Printed, ...] = ()
    """What it prints, if it writes no file of numbers; `metrics` are the same."""
    notes: tuple[str, ...] = ()


def goal(metric: str) -> str:
    """Whether more or less of a metric is better, by its name."""
    return "minimize" if LESS_IS_BETTER.fullmatch(metric) else "maximize"


def measures(source: Source, defaults: Mapping[str, Any]) -> Measures:
    """`defaults` are those of the program's options, by the names that it has for them."""
    notes: list[str] = []
    for path, content in _written(source, defaults):
        if path is None:
            if keys := _keys(source, content, defaults)[0]:
                notes.append(_unplaced(keys))
            continue
        if Path(path).is_absolute() or path.startswith(".."):
            notes.append(f"it writes {path}, outside the folder in which it starts: trials would overwrite it")
            continue
        metrics, others = _keys(source, content, defaults)
        if others:
            notes.append(f"{path} also holds {', '.join(others)}: no metric, and passed over")
        if metrics and (path.endswith(".json") or "name" not in metrics):
            return Measures(path, tuple(metrics), notes=tuple(notes))
    found = printed(source, defaults)
    return Measures(None, tuple(one.metric for one in found), found, tuple(notes))


def _unplaced(keys: Sequence[str]) -> str:
    return (
        f"it also writes JSON with {', '.join(keys)}, and where can't be read off it: if an option says where, give\n"
        "it in the command, as in `--out out`, and name the file in place of what stands there now: `{file: out/…}`"
    )


def _written(source: Source, defaults: Mapping[str, Any]) -> Iterator[tuple[str | None, ast.expr]]:
    """The JSON files that it writes, with the expression of what goes in; what is called a result comes first, and last
    what is written to a path that only a run tells."""
    found: list[tuple[str | None, ast.expr]] = []
    opened = dict(_opened(source, defaults))
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name, attribute = called(node.func), node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in ("json.dump", "dump") and len(node.args) >= 2:
            target = node.args[1]
            path = opened.get(target.id) if isinstance(target, ast.Name) else _open_call(source, target, defaults)
            content = node.args[0]
        elif attribute == "write_text" and node.args and _is_dumps(node.args[0]):
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            path, content = _path(source, receiver, defaults), node.args[0].args[0]  # type: ignore[attr-defined]
        elif attribute == "write" and node.args and (dumped := _dumped(node.args[0])) is not None:
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            path, content = opened.get(receiver.id) if isinstance(receiver, ast.Name) else None, dumped
        else:
            continue
        found.append((path, content))
    telling = re.compile(r"metric|result|score|eval|test|summary", re.IGNORECASE)
    yield from sorted(found, key=lambda one: (one[0] is None, telling.search(one[0] or "") is None))


def _is_dumps(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node.func) in ("json.dumps", "dumps") and bool(node.args)


def _dumped(node: ast.expr) -> ast.expr | None:
    """What is dumped in `json.dumps(x)` or `json.dumps(x) + "\\n"`."""
    if isinstance(node, ast.BinOp):
        return _dumped(node.left)
    return node.args[0] if isinstance(node, ast.Call) and _is_dumps(node) else None


def _opened(source: Source, defaults: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name of an open file -> its path."""
    for node in source.nodes:
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(node, ast.With):
            pairs = [(item.optional_vars, item.context_expr) for item in node.items]
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            pairs = [(node.targets[0], node.value)]
        for target, value in pairs:
            path = _open_call(source, value, defaults)
            if isinstance(target, ast.Name) and path is not None:
                yield target.id, path


def _open_call(source: Source, node: ast.expr, defaults: Mapping[str, Any]) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    if called(node.func) == "open" and node.args:
        return _path(source, node.args[0], defaults)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "open":
        return _path(source, node.func.value, defaults)
    return None


def _path(source: Source, node: ast.expr | None, defaults: Mapping[str, Any], depth: int = 0) -> str | None:
    """A path that is written down, joined, or an option's default."""
    if node is None or depth > 20:
        return None
    if isinstance(value := source.value(node), str):
        return os.path.normpath(value)
    parts: list[ast.expr] = []
    match node:
        case ast.Attribute(value=ast.Name(), attr=attr) | ast.Name(id=attr) if isinstance(defaults.get(attr), str):
            return os.path.normpath(str(defaults[attr]))
        case ast.Name(id=name):
            return _path(source, _assigned(source, name), defaults, depth + 1)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            parts = [left, right]
        case ast.Call(func=func, args=[*arguments]) if called(func).rpartition(".")[2] in ("join", "Path"):
            parts = arguments
        case _:
            return None
    joined = [_path(source, part, defaults, depth + 1) for part in parts]
    return os.path.normpath(Path(*map(str, joined))) if joined and None not in joined else None


def _assigned(source: Source, name: str) -> ast.expr | None:
    """The last thing that a name stands for, anywhere."""
    found = None
    for node in source.nodes:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            found = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            found = node.value or found
    return found


def _keys(source: Source, node: ast.expr, defaults: Mapping[str, Any], depth: int = 0) -> tuple[list[str], list[str]]:
    """The keys of an object that may hold numbers, and of those that surely don't."""
    if isinstance(node, ast.Name) and depth < 20:
        assigned = _assigned(source, node.id)
        keys, others = _keys(source, assigned, defaults, depth + 1) if assigned is not None else ([], [])
        return list(dict.fromkeys([*keys, *_set_later(source, node.id)])), others
    if isinstance(node, ast.Call) and called(node.func) == "dict":
        pairs = list(keywords(node).items())
    elif isinstance(node, ast.Dict):
        pairs = [(key.value, value) for key, value in zip(node.keys, node.values, strict=True) if _is_text(key)]  # type: ignore[union-attr]
    else:
        return [], []
    metrics, others = [], []
    for key, value in pairs:
        if key in SPLITS and isinstance(value, ast.Dict | ast.Name):
            inner, more = _keys(source, value, defaults, depth + 1)
            metrics += [f"{SPLITS[str(key)]}{name}" for name in inner]
            others += more
        elif _is_no_number(source, value, defaults) or not NAME.fullmatch(str(key)):
            others.append(str(key))
        else:
            metrics.append(str(key))
    return metrics, others


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _set_later(source: Source, name: str) -> Iterator[str]:
    """`metrics["accuracy"] = …`."""
    for node in source.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
                    key = source.value(target.slice)
                    if isinstance(key, str) and NAME.fullmatch(key):
                        yield key


def _is_no_number(source: Source, node: ast.expr, defaults: Mapping[str, Any]) -> bool:
    value = source.value(node)
    if value is not UNKNOWN:
        return isinstance(value, bool) or not isinstance(value, int | float)
    if isinstance(node, ast.Attribute) and isinstance(defaults.get(node.attr), str):
        return True
    if isinstance(node, ast.Dict | ast.DictComp | ast.List | ast.ListComp | ast.JoinedStr):
        return True
    return isinstance(node, ast.Call) and called(node.func) in ("vars", "str", "list", "dict", "repr", "asdict")
