"""Four ways to draw the same 900 digits, in the format of MNIST: images/, which is in the repository.

The order is the same in all of them. So expc splits them alike, and a test digit is a training digit of none."""

import gzip
import struct
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

FOLDER = Path(__file__).parent / "images"


def main():
    digits = load_digits()
    plain = (digits.images[:900] * 15.9375).round().astype(np.uint8)
    write("labels.idx1.gz", digits.target[:900].astype(np.uint8))
    write("plain.idx3.gz", plain)
    write("bold.idx3.gz", thicker(plain))
    write("inverted.idx3.gz", 255 - plain)
    write(
        "rotated.idx3.gz", np.stack([np.asarray(Image.fromarray(image).rotate(25, Image.BILINEAR)) for image in plain])
    )


def thicker(images):
    """Each pixel as bright as the brightest of it and its four neighbours."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    middle = padded[:, 1:-1, 1:-1]
    around = padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]
    return np.maximum.reduce([middle, *around])


def write(name, array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    FOLDER.mkdir(exist_ok=True)
    # Without a time in it: the same bytes, whenever it is made.
    (FOLDER / name).write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
