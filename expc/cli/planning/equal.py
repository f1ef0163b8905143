"""Changes in, what to write beside a condition whose trials are those of others, too, out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expc.compiler.planning.changes import Changes

NAMED = 3
"""Conditions that are named; of more, the number."""


def equals(found: Changes, trial: Mapping[str, Any]) -> str:
    """`(= no-momentum)`, or `(= lr=0.1)` if there are several factors; empty if none is equal."""
    others = list(found.equal.get(trial["id"], ()))
    if not others:
        return ""
    named = [_levels(trial["condition"], other) for other in others[:NAMED]]
    return f"(= {', '.join([*named, *([f'and {len(others) - NAMED} more'] if others[NAMED:] else [])])})"


def _levels(condition: Mapping[str, str], other: Mapping[str, str]) -> str:
    differing = {name: level for name, level in other.items() if condition.get(name) != level}
    if len(condition) == 1:
        return " ".join(differing.values())
    return " ".join(f"{name}={level}" for name, level in differing.items())
