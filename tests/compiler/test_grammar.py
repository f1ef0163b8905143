"""Durations, sizes and references, and the schema's agreement with them."""

# ruff: noqa: E501  A table is read along its rows.

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expc.compiler.reading.grammar import Reference, parse_duration, parse_reference, parse_size
from expc.compiler.reading.schema import schema
from expc.compiler.reading.validate import validator

DURATIONS = [
    ("30s", 30),
    ("90s", 90),
    ("30m", 1800),
    ("2h", 7200),
    ("1d", 86400),
    ("1h30m", 5400),
    ("1d2h3m4s", 93784),
    ("00:00:01", 1),
    ("12:30:00", 45000),
    ("48:00:00", 172800),
    ("1-12:00:00", 129600),
]
SIZES = [
    ("1kB", 1),
    ("1MB", 1),
    ("512MiB", 512),
    ("1GiB", 1024),
    ("16GB", 15259),
    ("1.5TB", 1430512),
    ("0.5KiB", 1),
    ("1TiB", 1048576),
]
REFERENCES = [
    ("accuracy", Reference(None, "accuracy")),
    ("f1_macro", Reference(None, "f1_macro")),
    ("train", Reference(None, "train")),
    ("validation.loss", Reference("validation", "loss")),
    ("loss/top-1@last", Reference(None, "loss/top-1", "last")),
    ("train.loss@step(03)", Reference("train", "loss", "step", "3")),
    ("test.acc@best(validation.loss)", Reference("test", "acc", "best", "validation.loss")),
]
MALFORMED = {
    parse_duration: ["", "30", "30 m", "1.5h", "30m1h", "0s", "00:00:00", "1:30", "12:60:00", "1h ", "１h", "1H", "-1h", "1h\n"],
    parse_size: ["", "16", "16G", "16 GB", "0GB", "0.0MB", "1.GB", "16gb", "-1GB", "1e3MB", "16GB\n"],
    parse_reference: [
        "", "dev.loss", "loss@", "loss@first", "loss@best(loss)", "loss@step(-1)", "loss@step()", "a b", "a@last@last",
        "validation.", ".loss", "1st", "loss\n", "${x}",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_a_duration_is_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "mebibytes"), SIZES)
def test_a_size_is_mebibytes_rounded_up(text: str, mebibytes: int) -> None:
    assert parse_size(text) == mebibytes


@pytest.mark.parametrize(("text", "reference"), REFERENCES)
def test_a_reference_has_a_split_a_name_and_a_rule(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(("parse", "text"), [(parse, text) for parse, texts in MALFORMED.items() for text in texts])
def test_a_malformed_text_is_refused_with_an_example(parse: object, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse(text)  # type: ignore[operator]


RESOURCES = schema()["definitions"]["resources"]["properties"]
PARTS = {
    parse_duration: RESOURCES["time"],
    parse_size: RESOURCES["memory"],
    parse_reference: schema()["definitions"]["reference"],
}
PIECES = st.sampled_from(
    ["0", "1", "12", "30", ".", ":", "-", "d", "h", "m", "s", "kB", "GB", "MiB", "G", "train.", "loss", "f1", "validation.loss",
     "@last", "@best(", ")", "@step(", "_", "/", " ", "\n", "é", "12:30:00"]
)  # fmt: skip


@pytest.mark.parametrize("parse", PARTS, ids=lambda parse: parse.__name__)
@settings(max_examples=300, deadline=None)
@given(text=st.lists(PIECES, max_size=6).map("".join))
@example("1-12:00:00")
@example("0.0001kB")
@example("loss@step(03)")
@example("test.acc@best(validation.loss)")
def test_the_schema_takes_what_the_parser_takes_and_nothing_else(parse: object, text: str) -> None:
    try:
        parse(text)  # type: ignore[operator]
        parsed = True
    except ValueError:
        parsed = False
    assert validator().evolve(schema=PARTS[parse]).is_valid(text) == parsed  # type: ignore[index]
