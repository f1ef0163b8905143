import subprocess
import sys

import numpy as np
import pytest

from expc.data.sources import builtin_names, check_source

TABLE = {"text": 0, "label": 1}
NAMED = {"text": "sentence", "label": "mood"}


@pytest.fixture
def base(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.tsv").write_text("good\t1\nbad\t0\n")
    (tmp_path / "tabs.txt").write_text("good\t1\n")
    (tmp_path / "half.csv").write_text("price;wait;liked\n1;2;yes\n")
    (tmp_path / "a.csv").write_text('\ufeffsentence,mood\n"so, so",1\n', encoding="utf-8")
    (tmp_path / "twice.csv").write_text("sentence,mood,mood\n")
    (tmp_path / "quote.csv").write_text('"never closed,1\n')
    (tmp_path / "latin.csv").write_bytes(b"sentence,mood\ncaf\xe9,1\n")
    (tmp_path / "empty.csv").write_text("\n\n")
    (tmp_path / "fake.npz").write_text("not a zip")
    np.savez(tmp_path / "whole.npz", x=[[[0]]], y=[0])
    np.savez(tmp_path / "parts.npz", x_train=[[[0]]], y_train=[0], x_test=[[[0]]], y_test=[0])
    np.savez(tmp_path / "half.npz", x_train=[[[0]]], y_train=[0], x_test=[[[0]]])
    np.savez(tmp_path / "both.npz", x=[[[0]]], y=[0], x_train=[[[0]]], y_train=[0])
    np.savez(tmp_path / "named.npz", pixels=[[[0]]], digit=[0])
    return tmp_path


CSV = {"source": "csv", "columns": TABLE}
NPZ = {"source": "npz"}
RENAMED = {"image": "pixels", "label": "digit"}
SAY = "say which it is with `columns: {image: …, label: …}`"


@pytest.mark.parametrize(
    ("entry", "kind", "problems"),
    [
        ({**CSV, "file": "a.tsv"}, "texts", []),
        ({**CSV, "file": "a.tsv"}, None, []),
        ({**CSV, "train": "a.tsv", "validation": "a.tsv", "test": "a.tsv"}, "texts", []),
        ({**CSV, "file": "a.csv", "columns": NAMED}, "texts", []),
        (
            {**CSV, "file": "a.csv", "columns": {"text": "sentense", "label": 1}},
            "texts",
            [
                (
                    ("columns", "text"),
                    "a.csv:1: no column 'sentense' in the header",
                    "did you mean 'sentence'? allowed: sentence, mood",
                )
            ],
        ),
        (
            {"source": "csv", "file": "a.csv"},
            "texts",
            [
                (("columns", "text"), "a.csv:1: no column 'text' in the header", "allowed: sentence, mood"),
                (("columns", "label"), "a.csv:1: no column 'label' in the header", "allowed: sentence, mood"),
            ],
        ),
        (
            {**CSV, "file": "twice.csv", "columns": NAMED},
            "texts",
            [
                (
                    ("columns", "label"),
                    "twice.csv:1: column 'mood' stands in the header more than once",
                    "give columns by their indices",
                )
            ],
        ),
        (
            {**CSV, "file": "a.tsv", "columns": {"text": 0, "label": 2}},
            "texts",
            [(("columns", "label"), "a.tsv:1: no column 2, there are 2", "allowed: 0 to 1")],
        ),
        (
            {**CSV, "file": "tabs.txt"},
            "texts",
            [
                (
                    ("columns", "label"),
                    "tabs.txt:1: no column 1, there are 1",
                    "the file seems to be separated by tabs, and is read as one column: name it .tsv",
                )
            ],
        ),
        (
            {**CSV, "file": "half.csv", "columns": {"label": "liked", "features": ["price", "wait"]}},
            "tables",
            [
                (
                    ("columns", "label"),
                    "half.csv:1: no column 'liked' in the header",
                    "the file seems to be separated by ';', and is read as one column: save it with commas "
                    "between columns (and points in numbers)",
                )
            ],
        ),
        (
            {**CSV, "train": "no.tsv", "test": "folder"},
            "texts",
            [
                (("train",), "no file no.tsv", "paths are relative to the spec's folder"),
                (("test",), "folder is not a file", "give the file itself, not a folder or a device"),
            ],
        ),
        (
            {**CSV, "file": "quote.csv"},
            "texts",
            [
                (
                    ("file",),
                    "quote.csv:1: broken quoting (unexpected end of data); close the quotes, and double those inside",
                    "",
                )
            ],
        ),
        (
            {**CSV, "file": "twice.csv", "columns": {"label": "sentence"}},
            "tables",
            [
                (
                    ("file",),
                    "twice.csv:1: column 'mood' stands in the header more than once",
                    "rename one of them, or name the columns to learn from: `features: […]`",
                )
            ],
        ),
        ({**CSV, "file": "twice.csv", "columns": {"label": 0}}, "tables", []),
        ({**CSV, "file": "latin.csv"}, "texts", [(("file",), "latin.csv: not UTF-8; save it as UTF-8", "")]),
        (
            {**CSV, "file": "x" * 300},
            "texts",
            [(("file",), "x" * 300 + " can't be read: File name too long", "")],
        ),
        ({**CSV, "file": "empty.csv"}, "texts", [(("file",), "empty.csv is empty", "")]),
        (
            {**CSV, "file": "a.tsv"},
            "images",
            [
                (
                    ("source",),
                    "source csv gives texts or tables, and the task reads images",
                    "allowed: npz, folder, idx, sklearn",
                )
            ],
        ),
        ({**NPZ, "file": "whole.npz"}, "images", []),
        ({**NPZ, "file": "parts.npz"}, "images", []),
        ({**NPZ, "train": "whole.npz", "test": "whole.npz"}, "images", []),
        ({**NPZ, "file": "named.npz", "columns": RENAMED}, "images", []),
        (
            {**NPZ, "file": "named.npz"},
            "images",
            [(("file",), f"named.npz holds no array 'x'; it holds pixels, digit: {SAY}", "")],
        ),
        (
            {**NPZ, "file": "whole.npz", "columns": {"image": "X"}},
            "images",
            [(("columns",), f"whole.npz holds no array 'X'; it holds x, y: {SAY}", "")],
        ),
        (
            {**NPZ, "file": "half.npz"},
            "images",
            [(("file",), f"half.npz holds no array 'y_test'; it holds x_train, y_train, x_test: {SAY}", "")],
        ),
        (
            {**NPZ, "test": "parts.npz"},
            "images",
            [(("test",), f"parts.npz holds no array 'x'; it holds x_train, y_train, x_test, y_test: {SAY}", "")],
        ),
        (
            {**NPZ, "file": "both.npz"},
            "images",
            [(("file",), "both.npz holds both x and x_train; keep one or the other", "")],
        ),
        (
            {**NPZ, "file": "fake.npz"},
            "images",
            [(("file",), "fake.npz is not an npz file; write it with numpy.savez", "")],
        ),
        ({"source": "sklearn"}, "images", []),
        ({"source": "sklearn", "name": "digits"}, "images", []),
        (
            {"source": "sklearn", "name": "digit"},
            "images",
            [
                (
                    ("name",),
                    "scikit-learn ships no set of images named 'digit'",
                    "did you mean 'digits'? allowed: digits",
                )
            ],
        ),
    ],
)
def test_a_source_is_checked_before_anything_runs(base, entry, kind, problems):
    assert check_source(entry, kind, base, name="digits") == problems


def test_the_built_in_sets_are_those_that_scikit_learn_ships():
    assert {kind: builtin_names(kind) for kind in ("images", "texts")} == {"images": ("digits",), "texts": ()}


def test_checking_a_source_imports_nothing_heavy(base):
    entries = [{**CSV, "file": "a.tsv"}, {**NPZ, "file": "whole.npz"}, {"source": "sklearn"}]
    program = f"""
import sys
from pathlib import Path
from expc.data.sources import check_source
for entry in {entries!r}:
    assert check_source(entry, None, Path({str(base)!r}), name="digits") == []
print([heavy for heavy in ("numpy", "sklearn", "pandas") if heavy in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
