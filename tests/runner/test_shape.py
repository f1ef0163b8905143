"""What stands in outcomes and ledgers that people have edited."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from expc.runner import ledger, outcome
from expc.runner.shape import without_faults

WHOLE = {
    "outcome": 1,
    "id": "t1",
    "status": "done",
    "marked": ["by hand"],
    "cause": None,
    "attempts": 1,
    "metrics": {"test.loss": -0.5, "test.accuracy": None},
    "seconds": 1.5,
    "peak_memory": 20,
    "cpu_seconds": 0,
    "hardware": {"cpu": "Some CPU", "cpus": 2, "gpu": None, "host": "a"},
    "keep": ["*"],
    "accepted": [{"from": "t0", "because": "prints less", "when": "2026-11-21T12:00:00Z"}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outcome.json"


@pytest.mark.parametrize("found", [WHOLE, {"id": "t1", "status": "failed"}, {**WHOLE, "trial": "t0", "accepted": "e0"}])
def test_what_is_as_the_schema_says_stands_also_what_old_versions_wrote(file: Path, found: object) -> None:
    file.write_text(json.dumps(found))
    assert (outcome.stated(str(file), "t1"), outcome.broken(str(file), "t1")) == (found, "")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("seconds", "12", "'seconds' must be a number from 0 on, not \"12\""),
        ("seconds", -1, "'seconds' must be a number from 0 on, not -1"),
        ("seconds", None, "'seconds' must be a number from 0 on, not null"),
        ("seconds", True, "'seconds' must be a number from 0 on, not true"),
        ("cpu_seconds", float("inf"), "'cpu_seconds' must be a number from 0 on, not Infinity"),
        ("cpu_seconds", 10**400, f"'cpu_seconds' must be a number from 0 on, not 1{'0' * 38}…"),
        ("attempts", True, "'attempts' must be a whole number from 0 on, not true"),
        ("attempts", -1, "'attempts' must be a whole number from 0 on, not -1"),
        ("gpu_busy", "all", "'gpu_busy' must be a number from 0 on, not \"all\""),
        ("gpu_memory", 1.5, "'gpu_memory' must be a whole number from 0 on, not 1.5"),
        ("keep", [1], "'keep' must be a list of texts, not [1]"),
        ("peak_memory", 2.5, "'peak_memory' must be a whole number from 0 on, not 2.5"),
        ("marked", "by hand", "'marked' must be a list of texts, not \"by hand\""),
        ("metrics", {"a": "b"}, '\'metrics\' must be an object of numbers, not {"a": "b"}'),
        (
            "cause",
            "text",
            '\'cause\' must be null, or an object such as {"kind": "code", "detail": "exit status 3"}, not "text"',
        ),
        (
            "hardware",
            {"cpus": 1},
            '\'hardware\' must be an object such as {"cpu": "…", "cpus": 1, "gpu": null}, not {"cpus": 1}',
        ),
        (
            "hardware",
            {"cpu": "c", "cpus": 1, "gpu": 7},
            '\'hardware\' must be an object such as {"cpu": "…", "cpus": 1, "gpu": null}, '
            'not {"cpu": "c", "cpus": 1, "gpu": 7}',
        ),
        (
            "accepted",
            ["t0"],
            '\'accepted\' must be a list of objects such as {"from": "…", "because": "…", "when": "…"}, not ["t0"]',
        ),
        (
            "accepted",
            [],
            '\'accepted\' must be a list of objects such as {"from": "…", "because": "…", "when": "…"}, not []',
        ),
    ],
)
def test_what_cannot_be_does_not_stand_and_is_named(file: Path, name: str, value: object, why: str) -> None:
    file.write_text(json.dumps({**WHOLE, name: value}))
    assert (outcome.stated(str(file), "t1"), outcome.broken(str(file), "t1")) == (None, f"damaged ({why})")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"id": "t1"',
        b"[]",
        b"\x00\xff",
        b"[" * 100_000,
        b'{"id": "t2", "status": "done"}',
        b'{"id": "t1", "status": "?"}',
    ],
)
def test_what_is_no_outcome_of_this_trial_is_not_whole(file: Path, content: bytes) -> None:
    assert outcome.broken(str(file), "t1") == ""
    file.write_bytes(content)
    assert (outcome.stated(str(file), "t1"), outcome.broken(str(file), "t1")) == (None, "not whole")


def test_of_a_ledgers_row_only_what_can_be_is_known() -> None:
    wrong = {
        "attempt": 1.5, "started": 7, "ended": None, "status": [], "host": 1, "user": 2, "partition": 3, "job": 4,
        "seconds": -1, "cpu_seconds": "1", "peak_memory": 0.5, "gpu_busy": True, "gpu_memory": "1", "gpus": -1,
        "cpus": None, "at_once": 0,
    }  # fmt: skip
    right = {
        "attempt": 1, "started": "a", "ended": "b", "status": "done", "host": "n", "user": "u", "partition": "p",
        "job": "4", "seconds": 0, "cpu_seconds": 0.5, "peak_memory": 0, "gpu_busy": 0.5, "gpu_memory": 1, "gpus": 2,
        "cpus": 1, "at_once": 0.5, "pid": "whatever else",
    }  # fmt: skip
    assert (without_faults(wrong), without_faults({"at_once": "1"}), without_faults(right)) == ({}, {}, right)


def test_a_ledger_is_read_without_what_cannot_be(tmp_path: Path) -> None:
    rows = [
        {"attempt": 1, "started": "2026-11-21T12:00:00Z", "log": 0, "pid": 7},
        {"attempt": "1", "ended": "…", "seconds": "long", "peak_memory": None, "cpu_seconds": 2.0, "status": []},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "attempts.jsonl").write_text(text + "[" * 100_000 + "\n7\n")
    assert without_faults(rows[1]) == {"ended": "…", "cpu_seconds": 2.0}
    assert ledger.course(str(tmp_path)) == ledger.Course(
        last=1, attempts=1, begun="2026-11-21T12:00:00Z", seconds=0, signalled=0, cpu=2.0
    )


def test_an_outcome_that_cannot_be_opened_is_told_from_one_that_is_torn(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    found = [outcome.broken(str(tmp_path / name), "t1") for name in ("folder", "loop", "gone")]
    assert found == [f"unreadable ({os.strerror(number)})" for number in (errno.EISDIR, errno.ELOOP)] + [""]
