"""A folder that `datasets` saved in, what it says of its splits and columns out. Reads JSON alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from expc.data.table import COLUMNS
from expc.errors import ExpcError, nearest

WHOLE = "train"
"""What a set that was saved without splits counts as."""

# What hubs call the parts.
USUAL: Mapping[str, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}

Columns: TypeAlias = Mapping[str, Any]
"""Column -> its feature, as `datasets` describes it."""


def saved_splits(folder: Path, name: str) -> dict[str, Columns]:
    """Split -> its columns, of a folder that `save_to_disk` has written."""
    if (folder / "dataset_dict.json").is_file():
        names = _json(folder / "dataset_dict.json", name).get("splits", [])
        return {split: _columns(folder / split, f"{name}/{split}") for split in names}
    return {WHOLE: _columns(folder, name)}


def chosen_splits(stated: Mapping[str, str], there: Mapping[str, Any], name: str) -> dict[str, str]:
    """Part -> the split that it is: what `splits` says, and only that, or else what is called so."""
    for split in stated.values():
        if split not in there:
            raise ExpcError(f"{name} has no split {split!r}; {nearest(split, there)}")
    found = dict(stated)
    if not found:
        found = {part: split for part, names in USUAL.items() for split in names if split in there}
    if "train" not in found:
        raise ExpcError(
            f"{name} has the splits {', '.join(there) or 'none'}; say with `splits: {{train: …}}` which is for training"
        )
    return found


def column_fault(columns: Columns, wanted: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    """Which column (`text`, …) isn't there or can't be used, why, and what to do; None if nothing is wrong."""
    for key, column in {**COLUMNS, **(wanted or {})}.items():
        if column not in columns:
            return key, f"no column {column!r}", nearest(str(column), columns)
        kind = _kind(columns[column])
        if key == "text" and kind != "text":
            texts = [name for name, feature in columns.items() if _kind(feature) == "text"]
            return key, f"column {column!r} holds no texts", f"columns with texts: {', '.join(texts) or 'none'}"
        if key != "text" and kind not in ("text", "ClassLabel", "Value"):
            return key, f"column {column!r} holds no {key}s, but {kind.lower()}s", "name a column of single values"
    return None


def _kind(feature: Any) -> str:
    """`text`, or what `datasets` calls it; a bare list is how older versions wrote one."""
    if not isinstance(feature, Mapping) or "_type" not in feature:
        return "List"
    return "text" if feature.get("dtype") in ("string", "large_string") else str(feature["_type"])


def _columns(folder: Path, name: str) -> Columns:
    features: Columns = _json(folder / "dataset_info.json", name).get("features") or {}
    return features


def _json(path: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "save it with `datasets`, by save_to_disk"
        raise ExpcError(f"{name} is no data set that `datasets` saved: it has no {path.name}; {hint}") from error
    except ValueError as error:
        raise ExpcError(f"{name}/{path.name} is not JSON; save the data set again") from error
    return found if isinstance(found, dict) else {}
