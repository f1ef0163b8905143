import gzip
import struct

import numpy as np
import pytest

from expc.data.sources import check_source
from expc.errors import ExpcError

PAIR = {"images": "x.gz", "labels": "y.gz"}
ENTRY = {"source": "idx", "file": PAIR}


def idx(array, kind=8):
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.tobytes()


NO_IDX = "x.gz is not an IDX file: it doesn't begin with two zeros and the type of its numbers"
CUT = "x.gz can't be unpacked (Compressed file ended before the end-of-stream marker was reached); fetch it again"
CHANGED = "x.gz has 1 dimension(s), and images have 3 or 4; the two files may have changed places"
X = np.arange(12 * 4 * 5).reshape(12, 4, 5).astype("uint8")
Y = (np.arange(12) % 2).astype("uint8")


@pytest.fixture
def write(tmp_path):
    def files(x, y):
        (tmp_path / "x.gz").write_bytes(x)
        (tmp_path / "y.gz").write_bytes(y)

    return files


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("kind", "of_file", "found"), [(8, ">u1", "uint8"), (0x0B, ">i2", "int16"), (0x0D, ">f4", "float32")]
)
def test_images_arrive_with_their_labels_packed_or_not(write, prepared, packed, kind, of_file, found):
    pack = gzip.compress if packed else bytes
    write(pack(idx(X.astype(of_file), kind)), pack(idx(Y)))
    summary, parts = prepared({"source": "idx", "train": PAIR, "validation": PAIR, "test": PAIR})
    assert summary == {
        "kind": "images",
        "classes": ["0", "1"],
        "examples": {"train": 12, "validation": 12, "test": 12},
        "tested": np.bincount(Y).tolist(),
        "shape": [1, 4, 5],
        "familiar": {"train": 12, "validation": 12},
    }
    for x, y in parts.values():
        assert (x.dtype.name, x.tolist(), y.tolist()) == (found, X[:, None].tolist(), Y.tolist())


def test_one_pair_is_split(write, prepared):
    write(idx(X), idx(Y))
    assert prepared(ENTRY)[0]["examples"] == {"train": 8, "validation": 2, "test": 2}


@pytest.mark.parametrize(
    ("x", "y", "pointer", "message"),
    [
        (b"\x89PNG", idx(Y), ("file", "images"), NO_IDX),
        (b"", idx(Y), ("file", "images"), NO_IDX),
        (
            idx(X),
            b"\0\0\x08\x09",
            ("file", "labels"),
            "y.gz has 9 dimensions; allowed: 1 for labels, 3 or 4 for images",
        ),
        (idx(Y), idx(X), ("file",), CHANGED),
        (idx(X), idx(X), ("file",), "y.gz has 3 dimensions, and labels have 1"),
        (idx(X), idx(Y[:9]), ("file",), "12 images in x.gz, and 9 labels in y.gz"),
        (gzip.compress(idx(X), mtime=0)[:9], idx(Y), ("file", "images"), CUT),
    ],
)
def test_two_files_that_do_not_belong_together_are_found_by_their_first_bytes(write, tmp_path, x, y, pointer, message):
    write(x, y)
    assert check_source(ENTRY, "images", tmp_path, name="mine") == [(pointer, message, "")]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (idx(X)[:-7], "x.gz says that it holds 240 bytes of numbers, and holds 233; fetch it again"),
        (idx(X) + b"more", "x.gz says that it holds 240 bytes of numbers, and holds 244; fetch it again"),
        (gzip.compress(idx(X), mtime=0)[:-9], "x.gz can't be unpacked ("),
    ],
)
def test_a_file_that_is_cut_short_is_found_when_it_is_read(write, prepared, x, message):
    write(x, idx(Y))
    with pytest.raises(ExpcError) as error:
        prepared(ENTRY)
    assert str(error.value).startswith(message)
