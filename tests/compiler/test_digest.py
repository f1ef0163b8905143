import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.compiler.digest import SMALL, Digests, StandIns, digest

SECOND = 1_000_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ({"b": 1, "a": [1.5, None]}, '{"a":[1.5,null],"b":1}'),
        ({"a": {"z": "é", "y": True}}, '{"a":{"y":true,"z":"é"}}'),
        (("x", 1), '["x",1]'),
        ("", '""'),
    ],
)
def test_a_digest_is_of_canonical_json(value, canonical):
    assert digest(value) == hashlib.sha256(canonical.encode()).hexdigest()[:16]


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_and_a_trip_through_json_change_no_digest(value):
    assert digest(dict(reversed(value.items()))) == digest(value) == digest(json.loads(json.dumps(value)))


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}, [-float("inf")]])
def test_what_json_can_not_say_has_no_digest(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest(value)


class Reads:
    """A project whose clock is set by hand, with one old file."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.cache = project / "results" / ".cache" / "sha256.json"
        self.file = project / "mr.tsv"
        self.write("one\t0\n")
        self.later = 10 * SECOND

    def write(self, text: str) -> None:
        self.file.write_text(text)

    def open(self) -> Digests:
        return Digests(self.project, now=lambda: self.file.stat().st_ctime_ns + self.later)

    def content(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    def remember(self) -> None:
        digests = self.open()
        digests.sha256(self.file)
        digests.save()

    def forge(self) -> None:
        """What the cache says from now on shows whether it is asked."""
        lines = json.loads(self.cache.read_text())
        self.cache.write_text(json.dumps({key: [*line[:4], "f" * 64] for key, line in lines.items()}))

    def trusts_the_cache(self) -> bool:
        found = self.open().sha256(self.file)
        assert found in ("f" * 64, self.content())
        return found == "f" * 64


@pytest.fixture
def reads(tmp_path):
    return Reads(tmp_path)


def test_what_is_remembered_is_the_signature_and_the_hash(reads):
    reads.remember()
    found = reads.file.stat()
    signature = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    content = hashlib.sha256(b"one\t0\n").hexdigest()
    assert json.loads(reads.cache.read_text()) == {"mr.tsv": [*signature, content]}
    assert [path.name for path in reads.cache.parent.iterdir()] == ["sha256.json"]


def _touched(reads):
    os.utime(reads.file, ns=(1, reads.file.stat().st_mtime_ns - SECOND))


def _edited_under_the_same_mtime(reads):
    before = reads.file.stat().st_mtime_ns
    reads.write("two\t0\n")
    os.utime(reads.file, ns=(before, before))


def _replaced(reads):
    other = reads.file.with_name("other")
    other.write_text("one\t0\n")
    other.replace(reads.file)


@pytest.mark.parametrize(
    ("change", "trusted"),
    [
        (lambda reads: None, True),
        (_touched, False),
        (_edited_under_the_same_mtime, False),
        (_replaced, False),
        (lambda reads: reads.write("longer\t0\n"), False),
        (lambda reads: setattr(reads, "later", SECOND), False),
        (lambda reads: setattr(reads, "later", -100 * SECOND), False),
    ],
)
def test_the_cache_is_asked_only_while_nothing_moved_and_the_last_change_is_old(reads, change, trusted):
    reads.remember()
    reads.forge()
    change(reads)
    assert reads.trusts_the_cache() is trusted


@pytest.mark.parametrize("modified", [None, 1])
def test_a_file_that_was_just_changed_is_not_remembered_whatever_its_modification_time_says(reads, modified):
    if modified:
        os.utime(reads.file, ns=(modified, modified))
    reads.later = SECOND
    reads.remember()
    assert not reads.cache.exists()


def test_what_changed_while_it_was_read_is_not_remembered(reads, monkeypatch):
    def changing(file):
        reads.write("longer\t0\n")
        return hashlib.file_digest(file, "sha256").hexdigest()

    monkeypatch.setattr("expc.compiler.digest._hash", changing)
    reads.remember()
    assert not reads.cache.exists()


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[1]",
        b"[" * 100_000,
        b"\xff",
        b'{"mr.tsv": [1, 2]}',
        b'{"mr.tsv": null}',
        b'{"mr.tsv": [1, 2, 3, "4", "x"]}',
    ],
)
def test_a_broken_cache_is_ignored_and_written_anew(reads, broken):
    reads.remember()
    whole = reads.cache.read_bytes()
    reads.cache.write_bytes(broken)
    assert not reads.trusts_the_cache()
    reads.remember()
    assert reads.cache.read_bytes() == whole


def test_a_cache_that_can_not_be_written_stops_nobody(reads):
    (reads.project / "results").write_text("a file where the folder should be")
    reads.remember()
    assert reads.open().sha256(reads.file) == reads.content()


def test_a_missing_file_is_an_os_error(reads):
    with pytest.raises(FileNotFoundError):
        reads.open().sha256(reads.project / "missing")


def test_a_large_file_that_is_not_known_has_a_stand_in_which_nobody_saves(reads):
    def looked_at() -> str:
        digests = StandIns(reads.project, now=lambda: reads.file.stat().st_ctime_ns + reads.later)
        found = digests.sha256(reads.file)
        digests.save()
        return found

    assert looked_at() == reads.content(), "a small one is read"
    os.truncate(reads.file, SMALL + 1)
    first = looked_at()
    assert (first == looked_at(), first == reads.content(), reads.cache.exists()) == (True, False, False)
    os.utime(reads.file, ns=(1, 1))
    assert looked_at() not in (first, reads.content())
    reads.remember()
    assert looked_at() == reads.content(), "what is known needs no stand-in"
    reads.forge()
    assert looked_at() == "f" * 64


def test_what_is_looked_at_must_be_there(reads):
    with pytest.raises(FileNotFoundError):
        StandIns(reads.project).sha256(reads.project / "missing")
