"""An input of the workflow in, its files in a folder of their own out: fetched once, verified, read-only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expc.data.download import download
from expc.data.tree import file_hash, tree_hash, visible_files
from expc.errors import ExpcError
from expc.whole import replacing, write_whole

READ_ONLY = 0o444


def fetch(entry: Mapping[str, Any], target: Path, project: Path) -> None:
    """Write the file or the folder `entry["path"]` into `target`, and input.json last.

    What was fetched before, and is what it should be, is not fetched again; a download that broke off goes on."""
    target.mkdir(parents=True, exist_ok=True)
    place = target / entry["path"]
    if "hf" in entry:
        _snapshot(entry, place)
    elif "folder" in entry:
        if not (place.is_dir() and _tree(place) == entry["tree"]):
            _copy_folder(entry, project / entry["folder"], place)
    elif not (place.is_file() and file_hash(place) == entry["sha256"]):
        if "url" in entry:
            _from_web(entry, place)
        else:
            _copy(entry, project / entry["file"], place)
    for path in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
        path.chmod(READ_ONLY)
    stated = {key: value for key, value in entry.items() if key not in ("name", "file", "folder")}
    write_whole(target / "input.json", (json.dumps(stated, indent=1, sort_keys=True) + "\n").encode())


def _copy(entry: Mapping[str, Any], source: Path, place: Path) -> None:
    """A copy, not a link: what a trial was given stays, whatever becomes of the original."""
    try:
        with replacing(place) as partial:
            shutil.copyfile(source, partial)
            found = file_hash(partial)
            if found != entry["sha256"]:
                raise ExpcError(f"{entry['file']} has changed since `expc compile`; compile again")
    except OSError as error:
        where = f"the input {entry['name']!r}, {entry['file']},"
        raise ExpcError(f"{where} can't be copied: {error.strerror}; put it back, or change the spec") from error


def _copy_folder(entry: Mapping[str, Any], source: Path, place: Path) -> None:
    """It gets its name when it is whole. What hides, as `.git` does, stays behind."""
    where = f"the input {entry['name']!r}, {entry['folder']},"
    partial = place.with_name(f".{place.name}.part")
    for rest in (partial, place):  # what is here isn't what the spec means
        shutil.rmtree(rest, ignore_errors=True)
    try:
        for name in visible_files(source):
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, partial / name)
        found = _tree(partial) if partial.is_dir() else ""
    except OSError as error:
        raise ExpcError(f"{where} can't be copied: {error.strerror}; put it back, or change the spec") from error
    if found != entry["tree"]:
        raise ExpcError(f"{entry['folder']} has changed since `expc compile`; compile again")
    partial.rename(place)


def _tree(folder: Path) -> str:
    return tree_hash(folder, visible_files(folder), file_hash)


def _from_web(entry: Mapping[str, Any], place: Path) -> None:
    partial = place.with_name(f".{place.name}.part")
    download(entry["url"], partial)
    found = file_hash(partial)
    if found != entry["sha256"]:
        partial.unlink()  # going on from it would lead to the same
        raise ExpcError(
            f"the input {entry['name']!r} is not what the spec says: {entry['url']} has the sha256 {found}, and "
            f"the spec {entry['sha256']}; write that down if it is meant, else look for the file elsewhere"
        )
    partial.replace(place)


def _snapshot(entry: Mapping[str, Any], place: Path) -> None:
    """A folder that is there is whole: it gets its name when the last file has arrived."""
    if place.is_dir():
        return
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        needs = "an input from the hub (`hf`) needs the package huggingface_hub"
        raise ExpcError(f"{needs}; install it: pip install 'expc[huggingface]'") from error
    partial, model = place.with_name(f".{place.name}.part"), f"the input {entry['name']!r}, {entry['hf']} on the hub,"
    try:
        snapshot_download(entry["hf"], revision=entry["revision"], local_dir=partial, allow_patterns=entry.get("files"))
    except (OSError, ValueError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        hint = "look at its name and revision, and whether there is a network here; what was fetched stays"
        raise ExpcError(f"{model} can't be fetched ({said}); {hint}") from error
    shutil.rmtree(partial / ".cache", ignore_errors=True)  # the hub's notes on a download that is over
    if not any(path.is_file() for path in partial.rglob("*")):
        raise ExpcError(f"{model} has no file that fits `files`: {', '.join(entry.get('files', ['*']))}")
    partial.rename(place)
