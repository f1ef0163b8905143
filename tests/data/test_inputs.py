"""Inputs from the disk, and from a server on this machine that breaks off, refuses, and says what isn't so."""

import hashlib
import http.server
import json
import os
import re
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import ClassVar

import pytest

from expc.data.download import download
from expc.data.inputs import fetch
from expc.data.sources import folder_hash
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


@contextmanager
def serving(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def direct(monkeypatch):
    """Without anything between us and a server on this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(direct):
    handler = type("Answering", (Server,), {"asked": []})
    with serving(handler) as (running, url):
        running.url, running.asked = url, handler.asked
        yield running


@pytest.fixture
def hub(direct):
    with serving(Hub) as (_, url):
        yield url


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


def folder(tmp_path, **files):
    """A folder of the user's, with files by their paths."""
    for name, text in files.items():
        path = tmp_path / "models" / "base" / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tree = folder_hash(tmp_path / "models/base", lambda path: sha256(path.read_bytes()))
    return {"id": "ab12", "name": "base", "content": "c", "path": "base", "folder": "models/base", "tree": tree}


def test_a_folder_is_copied_without_what_hides(tmp_path):
    given = folder(tmp_path, weights_bin="12", deep__tmp_txt="3", _git__config="x", deep___hidden="y")
    target = tmp_path / "results/inputs/ab12"
    for _ in range(2):  # what is there and right stays
        fetch(given, target, tmp_path)
        found = {str(path.relative_to(target)): path for path in target.rglob("*") if path.is_file()}
        assert sorted(found) == ["base/deep/tmp.txt", "base/weights.bin", "input.json"]
        assert stat.S_IMODE(found["base/weights.bin"].stat().st_mode) == 0o444
        assert json.loads(found["input.json"].read_text()) == {
            key: given[key] for key in ("id", "content", "path", "tree")
        }


def test_a_copy_that_is_not_what_it_should_be_is_made_again(tmp_path):
    given, target = folder(tmp_path, weights_bin="12"), tmp_path / "results/inputs/ab12"
    fetch(given, target, tmp_path)
    (target / "base/more.txt").write_text("a trial's own")
    (target / "base/weights.bin").unlink()
    fetch(given, target, tmp_path)
    assert {path.name: path.read_text() for path in (target / "base").iterdir()} == {"weights.bin": "12"}


@pytest.mark.parametrize("change", ["more", "less", "other", "gone"])
def test_a_folder_that_changed_since_it_was_compiled_is_not_taken(tmp_path, change):
    given, target = folder(tmp_path, weights_bin="12", words_txt="a"), tmp_path / "results/inputs/ab12"
    source = tmp_path / "models/base"
    match change:
        case "more":
            (source / "new.txt").write_text("")
        case "less":
            (source / "words.txt").unlink()
        case "other":
            (source / "words.txt").write_text("b")
        case "gone":
            source.rename(tmp_path / "elsewhere")
    with pytest.raises(ExpcError, match="models/base has changed since `expc compile`; compile again"):
        fetch(given, target, tmp_path)
    assert not (target / "input.json").exists()


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


MODEL = {"config.json": b"{}", "weights/model.bin": CONTENT, "README.md": b"words"}
FETCH = """
import json, sys
from pathlib import Path
from expc.data.inputs import fetch
from expc.data.sources import folder_hash
from expc.errors import ExpcError
try:
    fetch(json.loads(sys.argv[1]), Path("in"), Path())
except ExpcError as error:
    print(error)
"""


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub as one model at one commit needs."""

    def do_GET(self):
        name = self.path.partition("?")[0].strip("/")
        if name.startswith("api/models/org/bert/tree/"):
            listed = [{"type": "file", "path": path, "size": len(MODEL[path]), "oid": "0" * 40} for path in MODEL]
            return self.answer(json.dumps(listed).encode(), "application/json")
        if name.startswith("api/models/org/bert/revision/"):
            listed = [{"rfilename": path} for path in MODEL]
            return self.answer(
                json.dumps({"id": "org/bert", "sha": REVISION, "siblings": listed}).encode(), "application/json"
            )
        path = name.removeprefix(f"org/bert/resolve/{REVISION}/")
        return self.answer(MODEL[path], "application/octet-stream") if path in MODEL else self.send_error(404)

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def answer(self, content, kind):
        self.send_response(200)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{sha256(content)[:40]}"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


REVISION = "86b5e0934494bd15c9632b12f734a8a67f723594"


def fetched_from_hub(folder, url, **more):
    """What the real client prints, with our server as its hub. In a process of its own: it reads this at its import."""
    pytest.importorskip("huggingface_hub")
    hub = {
        "id": "ab12",
        "name": "bert",
        "content": "cd34",
        "path": "bert",
        "hf": "org/bert",
        "revision": REVISION,
        **more,
    }
    environment = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-W", "ignore", "-c", FETCH, json.dumps(hub)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("more", "files"), [({}, MODEL), ({"files": ["*.json", "*.bin"]}, ["config.json", "weights/model.bin"])]
)
def test_a_model_of_the_hub_is_a_folder_of_the_files_that_are_wanted(tmp_path, hub, more, files):
    assert fetched_from_hub(tmp_path, hub, **more) == ""
    found = {path.relative_to(tmp_path / "in/bert").as_posix(): path for path in (tmp_path / "in/bert").rglob("*")}
    assert {name: path.read_bytes() for name, path in found.items() if path.is_file()} == {f: MODEL[f] for f in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found.values() if path.is_file()} == {0o444}
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["bert", "input.json"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"hf": "org/none"}, "the input 'bert', org/none on the hub, can't be fetched ("),
        ({"files": ["*.gguf"]}, "the input 'bert', org/bert on the hub, "),
    ],
)
def test_a_model_that_is_not_there_is_named(tmp_path, hub, more, said):
    found = fetched_from_hub(tmp_path, hub, **more)
    assert found.startswith(said)
    assert ("404" in found) == ("hf" in more)
    assert not (tmp_path / "in/input.json").exists()
