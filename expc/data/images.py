"""An npz file, two IDX files or a set that scikit-learn ships in, images with channels first and their labels out."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from expc.data import idx, npz
from expc.data.examples import Examples
from expc.data.sources import builtin_names
from expc.errors import ExpcError, nearest

_PIXELS = (
    "bool",
    *(f"{sign}int{size}" for sign in ("u", "") for size in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
)
_CHANNELS = 4


def read_images(file: BinaryIO, part: str, name: str, columns: Mapping[str, str] | None) -> dict[str, Examples]:
    """The parts that an npz file holds; `part` is the one that it is given for, `file` if for all."""
    found = npz.layout(part, npz.array_names(file, name), {**npz.COLUMNS, **(columns or {})}, name)
    file.seek(0)
    return {each: _examples(file, name, image, label) for each, (image, label) in found.items()}


def read_idx(images: BinaryIO, labels: BinaryIO, names: tuple[str, str]) -> Examples:
    """The images of one file, with the labels of the other."""
    x, y = (_idx_array(file, name) for file, name in zip((images, labels), names, strict=True))
    fault = idx.fault(idx.Header("", x.shape, 0), idx.Header("", y.shape, 0), names)
    if fault:
        raise ExpcError(fault)
    return Examples(names[0], channels_first(x, names[0]), _texts(y, names[1]))


def _idx_array(file: BinaryIO, name: str) -> NDArray[Any]:
    content = idx.unpacked(file, name)
    found = idx.header(content, name)
    wanted, there = np.dtype(found.type).itemsize * math.prod(found.shape), len(content) - found.size
    if there != wanted:
        raise ExpcError(f"{name} says that it holds {wanted} bytes of numbers, and holds {there}; fetch it again")
    return np.frombuffer(content, dtype=found.type, offset=found.size).reshape(found.shape)


def builtin_images(name: str) -> Examples:
    """A set that scikit-learn ships, whole."""
    known = builtin_names("images")
    if name not in known:
        raise ExpcError(f"scikit-learn ships no set of images named {name!r}; {nearest(name, known)}")
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    return Examples(f"scikit-learn's {name}", channels_first(found.images, name), _texts(found.target, name))


def channels_first(x: NDArray[Any], place: str) -> NDArray[Any]:
    """n × channels × height × width of n × h × w, n × c × h × w or n × h × w × c, where c is at most 4.

    What could be read both ways has its channels first. Little-endian and contiguous, else as it was."""
    if x.dtype.name not in _PIXELS:
        raise ExpcError(f"{place}: pixels of type {x.dtype}; allowed: {', '.join(_PIXELS)}")
    if x.ndim == 3:
        x = x[:, np.newaxis]
    elif x.ndim == 4 and x.shape[1] > _CHANNELS >= x.shape[3]:
        x = x.transpose(0, 3, 1, 2)
    if x.ndim != 4 or x.shape[1] > _CHANNELS or 0 in x.shape:
        raise ExpcError(
            f"{place}: shape {_by(x.shape)}; allowed: n×height×width, n×channels×height×width "
            f"or n×height×width×channels, with at least one image and at most {_CHANNELS} channels"
        )
    if not np.isfinite(x).all():
        raise ExpcError(f"{place}: some pixels are not finite numbers; replace them before saving")
    return np.ascontiguousarray(x, dtype=x.dtype.newbyteorder("<"))


def _examples(file: BinaryIO, name: str, image: str, label: str) -> Examples:
    x = channels_first(_array(file, name, image), f"{name}: {image}")
    labels = _texts(_array(file, name, label), f"{name}: {label}")
    if len(x) != len(labels):
        raise ExpcError(f"{name}: {len(x)} images in {image}, and {len(labels)} labels in {label}")
    return Examples(f"{name} ({label})", x, labels)


def _array(file: BinaryIO, name: str, array: str) -> NDArray[Any]:
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as archive:
            found: NDArray[Any] = archive[array]
    except (ValueError, EOFError, BadZipFile, zlib.error) as error:
        if "allow_pickle" in str(error):
            raise ExpcError(
                f"{name}: {array} holds pickled objects, and loading those can run any code; "
                "save it as an array of numbers or of texts (dtype=str)"
            ) from error
        raise ExpcError(f"{name}: {array} can't be read ({error}); save the file again") from error
    return found


def _texts(y: NDArray[Any], place: str) -> NDArray[np.object_]:
    if y.ndim == 2 and y.shape[1] == 1:  # as some archives of CIFAR have it
        y = y[:, 0]
    if y.ndim != 1:
        raise ExpcError(f"{place}: shape {_by(y.shape)}; allowed: n labels, one for each image, not one column a class")
    if y.dtype.kind not in "biuU":
        raise ExpcError(f"{place}: labels of type {y.dtype}; allowed: whole numbers or texts")
    return (y.astype(np.int8) if y.dtype.kind == "b" else y).astype(str).astype(object)


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "of a single value"
