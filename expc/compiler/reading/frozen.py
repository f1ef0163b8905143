"""Plain data in, values that nobody changes out: what parameters are set to, partial conditions, lists of names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expc.spec import Partial, Value


def freeze(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


def values(mapping: Mapping[str, Any] | None) -> dict[str, Value]:
    return {name: freeze(value) for name, value in (mapping or {}).items()}


def partial(condition: Mapping[str, Any]) -> Partial:
    return {
        factor: tuple(map(freeze, levels)) if isinstance(levels, list) else (levels,)
        for factor, levels in condition.items()
    }


def names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
