"""A web address in, its content in a file out: what broke off goes on from where it was."""

from __future__ import annotations

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from expc.errors import ExpcError

_CHUNK = 2**20
_PATIENCE = 60.0
"""Seconds without a byte."""
_ATTEMPTS = 5
# Of a server that is busy; every other refusal stays one.
_PASSING = (408, 425, 429, 500, 502, 503, 504)


def download(url: str, place: Path, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Append to `place` what it lacks of the content. Raises if the server refuses, or breaks off again and again."""
    problem = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            wait(2.0**attempt)
        try:
            if _go_on(url, place):
                return
            problem = "the connection broke off"
        except urllib.error.HTTPError as error:
            with error:
                problem = f"the server says {error.code} {error.reason}"
            if error.code not in _PASSING:
                break
        except (OSError, http.client.HTTPException) as error:
            problem = str(getattr(error, "reason", "") or error) or type(error).__name__
    raise ExpcError(
        f"{url} can't be fetched: {problem}; look at the address, and whether there is a network here. "
        "What has arrived stays, and the next start goes on from there"
    )


def _go_on(url: str, place: Path) -> bool:
    """Whether the content is whole now, as far as the server tells its size."""
    there = place.stat().st_size if place.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "expc", "Accept-Encoding": "identity"})
    if there:
        request.add_header("Range", f"bytes={there}-")
    try:
        response = urllib.request.urlopen(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        with error:  # nothing is left after what we have: it is whole, or of something else
            whole = _total(error.headers.get("Content-Range")) == there
        if not whole:
            place.unlink()
        return whole
    with response:
        continues = response.status == 206
        size = _size(response, there if continues else 0)
        with place.open("ab" if continues else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    return size is None or place.stat().st_size == size


def _size(response: Any, before: int) -> int | None:
    length = response.headers.get("Content-Length")
    return before + int(length) if length and length.isdigit() else None


def _total(content_range: str | None) -> int | None:
    match = re.fullmatch(r"bytes \*/([0-9]+)", content_range or "")
    return int(match[1]) if match else None
