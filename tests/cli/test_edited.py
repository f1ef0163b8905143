"""A spec that was edited after it was compiled: those who look at old results are told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import PROGRAM, Called

Call = Callable[..., Called]
LATER = 2_000_000_000  # seconds since 1970
CHANGED = (
    "spec.yaml, or what it names, has changed since it was compiled; `expc plan spec.yaml` says how,"
    " `expc run spec.yaml` goes by it"
)


def edit(spec: Path, text: str) -> None:
    spec.write_text(text)
    os.utime(spec, (LATER, LATER))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PROGRAM, ""),
        (f"{PROGRAM}# a comment\n", ""),
        (PROGRAM.replace("seeds: 2", "seeds: 3"), CHANGED),
        (PROGRAM.replace("task:", "question: Why?\ntask:"), CHANGED),
        (PROGRAM.replace("name: toy", "name: other"), CHANGED),
        (
            PROGRAM.replace("seeds: 2", "seed: 2"),
            "spec.yaml has errors since it was compiled (1): `expc check spec.yaml`",
        ),
    ],
)
def test_an_edited_spec_is_told_by_status_and_tables(call: Call, toy: Path, text: str, said: str) -> None:
    assert call("compile", "spec.yaml")[0] == 0
    edit(toy, text)
    code, out, _ = call("status")
    assert (code, out.splitlines()[-1] == said) == (0, bool(said))
    if said in ("", CHANGED):
        code, _, error = call("tables")
        assert (code, error) == (0, f"{said}\n" if said else "")


def test_a_spec_that_is_gone_and_an_edited_import_are_told(call: Call, toy: Path, tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("seeds: 2\n")
    toy.write_text(PROGRAM.replace("seeds: 2", "import: [common.yaml]"))
    assert call("compile", "spec.yaml")[0] == 0
    edit(tmp_path / "common.yaml", "seeds: 3\n")
    assert call("status")[1].splitlines()[-1] == CHANGED
    toy.unlink()
    assert call("status")[1].splitlines()[-1] == (
        "spec.yaml, of which toy was compiled, isn't there any more; this is of the last compilation"
    )
