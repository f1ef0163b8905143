"""Tables with tabs in, whether quotes are a way of writing or a part of the texts out."""

from pathlib import Path

import pytest

from expc.data.quotes import quoted
from expc.data.table import fault


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('text\tlabel\n"A ""fine"" film"\t1\nbad\t0\n', '"A ""fine"" film"'),
        ('text\tlabel\r\n"A ""fine"" film"\t1\r\nbad\t0\r\n', '"A ""fine"" film"'),
        ('"text"\t"label"\n"fine"\t"1"\n', '"text"'),
        ('text\tlabel\n"with a\ttab"\t1\nbad\t0\n', '"with a'),
        ('text\tlabel\n"two\nlines"\t1\nbad\t0\n', '"two'),
        ('text\tlabel\n"Fine!"\t1\nbad\t0\n', ""),  # somebody says it
        ('text\tlabel\n"Fine\t1\nbad\t0\n', ""),
        ('text\tlabel\n"Fine" and ""bad""\t1\nbad\t0\n', ""),
        ('text\tlabel\n"Fine\t1\nbad"\t0\n', ""),  # apart by chance as if it were a field
        ("text\tlabel\n", ""),
        ("", ""),
    ],
)
def test_quotes_are_a_way_of_writing_only_where_all_read_as_such(tmp_path: Path, text: str, field: str) -> None:
    path = tmp_path / "r.tsv"
    path.write_bytes(text.encode())
    assert quoted(path, "r.tsv") == field
    assert quoted(path, "r.csv") == ""
    assert quoted(tmp_path / "none.tsv", "none.tsv") == ""


def test_a_header_in_quotes_is_said_to_be_one() -> None:
    hint = "it is there in quotes, which a .tsv keeps: save the file with commas, as .csv, or without quotes"
    assert fault("text", ['"text"', '"label"'], "r.tsv") == ("r.tsv:1: no column 'text' in the header", hint)
