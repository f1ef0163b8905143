"""An experiment whose tables are built in, what they say for a program out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from expc.report.experiment import ON, RESULTS

FACTOR = "factor."


def tabled(name: str, tables: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By the table's name, from the files that people get: its page, and the CSV with the cells and their trials."""
    folder = RESULTS / name / "tables"
    return {table: _table(folder / f"{table}.md") for table in tables}


def _table(page: Path) -> dict[str, Any]:
    lines = page.read_text(encoding="utf-8").splitlines()
    return {
        "title": next((line.removeprefix("# ") for line in lines if line.startswith("# ")), ""),
        "page": page.as_posix(),
        "cells": list(_cells(page.with_suffix(".csv"))),
        "notes": [line.removeprefix("- ") for line in lines if line.startswith("- ")],
    }


def _cells(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _cell(row)


def _cell(row: Mapping[str, str]) -> dict[str, Any]:
    levels = {name.removeprefix(FACTOR): level for name, level in row.items() if name == ON or name.startswith(FACTOR)}
    return {
        "levels": levels,
        "metric": row["metric"],
        **{name: float(row[name]) if row[name] else None for name in ("mean", "sd")},
        **{name: int(row[name]) for name in ("n", "of")},
        "best": row["best"] == "true",
        "values": [float(value) for value in row["values"].split()],
        "trials": row["trials"].split(),
    }
