"""Inputs from the disk, and from a server on this machine that breaks off, refuses, and says what isn't so."""

import hashlib
import http.server
import json
import re
import stat
import threading
from typing import ClassVar

import pytest

from expc.data.download import download
from expc.data.inputs import fetch
from expc.errors import ExpcError

CONTENT = bytes(range(256)) * 400


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """What a path says is how it answers: /whole, /404, /503-then-whole, /broken, /lazy."""

    asked: ClassVar[list] = []

    def do_GET(self):
        name, span = self.path.strip("/"), self.headers.get("Range")
        self.asked.append((name, span))
        if name == "404" or (name == "busy" and len(self.asked) == 1):
            self.send_error(404 if name == "404" else 503)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", span)[1]) if span and name != "lazy" else 0
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        breaks_off = name == "broken" or (name == "breaks" and len(self.asked) < 3)
        self.wfile.write(CONTENT[start : start + 40_000] if breaks_off else CONTENT[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    handler = type("Answering", (Server,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        running.url, running.asked = f"http://127.0.0.1:{running.server_port}", handler.asked
        yield running
        running.shutdown()


def no_wait(_seconds):
    pass


@pytest.mark.parametrize(
    ("path", "before", "asked"),
    [
        ("whole", b"", [None]),
        ("whole", CONTENT[:70_000], ["bytes=70000-"]),
        ("whole", CONTENT, ["bytes=102400-"]),
        ("whole", CONTENT + b"more", ["bytes=102404-", None]),
        ("lazy", CONTENT[:70_000], ["bytes=70000-"]),
        ("busy", b"", [None, None]),
        ("breaks", b"", [None, "bytes=40000-", "bytes=80000-"]),
    ],
)
def test_a_download_goes_on_where_it_was(tmp_path, server, path, before, asked):
    if before:
        (tmp_path / "part").write_bytes(before)
    download(f"{server.url}/{path}", tmp_path / "part", wait=no_wait)
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert server.asked == [(path, span) for span in asked]


@pytest.mark.parametrize(
    ("path", "problem", "times"),
    [("404", "the server says 404 Not Found", 1), ("nobody", "Connection refused", 5)],
)
def test_a_server_that_refuses_is_named_with_its_answer(tmp_path, server, path, problem, times):
    url, waited = f"{server.url}/{path}", []
    if path == "nobody":
        url = "http://127.0.0.1:9/nobody"
    with pytest.raises(ExpcError) as error:
        download(url, tmp_path / "part", wait=waited.append)
    assert str(error.value).startswith(f"{url} can't be fetched: ")
    assert problem in str(error.value)
    assert waited == [2.0, 4.0, 8.0, 16.0][: times - 1]


def test_what_has_arrived_of_a_broken_download_stays(tmp_path, server):
    (tmp_path / "part").write_bytes(b"")
    # 40,000 bytes at each of five starts would be the whole: a server that gives less.
    server.RequestHandlerClass.do_GET = _a_little
    with pytest.raises(ExpcError, match=r"the connection broke off; .*What has arrived stays"):
        download(f"{server.url}/x", tmp_path / "part", wait=no_wait)
    assert (tmp_path / "part").read_bytes() == CONTENT[:50]


def _a_little(self):
    start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
    self.send_response(206)
    self.send_header("Content-Length", str(len(CONTENT) - start))
    self.end_headers()
    self.wfile.write(CONTENT[start : start + 10])


def entry(content=CONTENT, **more):
    return {"id": "ab12", "name": "base", "content": "cd34", "path": "base.bin", "sha256": sha256(content), **more}


def stated(content=CONTENT, **more):
    return {"id": "ab12", "content": "cd34", "path": "base.bin", "sha256": sha256(content), **more}


def test_a_file_is_copied_and_may_then_only_be_read(tmp_path):
    (tmp_path / "mine.bin").write_bytes(CONTENT)
    fetch(entry(file="mine.bin"), tmp_path / "in", tmp_path)
    (tmp_path / "mine.bin").write_bytes(b"another")
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"base.bin", "input.json"}
    assert (tmp_path / "in/base.bin").read_bytes() == CONTENT
    assert stat.S_IMODE((tmp_path / "in/base.bin").stat().st_mode) == 0o444
    assert json.loads((tmp_path / "in/input.json").read_text()) == stated()


def test_a_file_that_changed_since_it_was_compiled_is_not_taken(tmp_path):
    (tmp_path / "mine.bin").write_bytes(b"another")
    with pytest.raises(ExpcError, match=r"^mine\.bin has changed since `expc compile`; compile again$"):
        fetch(entry(file="mine.bin"), tmp_path / "in", tmp_path)
    (tmp_path / "mine.bin").unlink()
    with pytest.raises(ExpcError, match=r"^the input 'base', mine\.bin, can't be copied: No such file"):
        fetch(entry(file="mine.bin"), tmp_path / "in", tmp_path)
    assert list((tmp_path / "in").iterdir()) == []


def test_what_is_there_and_right_is_not_fetched_again(tmp_path, server):
    for _ in range(2):
        fetch(entry(url=f"{server.url}/whole"), tmp_path / "in", tmp_path)
        (tmp_path / "in/input.json").unlink()
    assert server.asked == [("whole", None)]
    (tmp_path / "in/base.bin").chmod(0o644)
    (tmp_path / "in/base.bin").write_bytes(b"damaged")
    fetch(entry(url=f"{server.url}/whole"), tmp_path / "in", tmp_path)
    assert (tmp_path / "in/base.bin").read_bytes() == CONTENT
    assert json.loads((tmp_path / "in/input.json").read_text()) == stated(url=f"{server.url}/whole")


def test_content_that_is_not_what_the_spec_says_is_thrown_away(tmp_path, server):
    wrong = entry(b"something else", url=f"{server.url}/whole")
    with pytest.raises(ExpcError) as error:
        fetch(wrong, tmp_path / "in", tmp_path)
    assert str(error.value) == (
        f"the input 'base' is not what the spec says: {server.url}/whole has the sha256 {sha256(CONTENT)}, and "
        f"the spec {sha256(b'something else')}; write that down if it is meant, else look for the file elsewhere"
    )
    assert list((tmp_path / "in").iterdir()) == []
