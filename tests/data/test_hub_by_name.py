"""The real loader, and a hub on this machine that has one data set at one commit."""

import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import warnings

import pytest

pytestmark = pytest.mark.slow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what it imports
    pytest.importorskip("datasets")
    import pyarrow
    from pyarrow import parquet

REVISION = "8d51e7e4887a4caaa95b3fbebbf53c0490b58bbb"
API = "api/datasets/someone/reviews"
CONTENT = f"datasets/someone/reviews/resolve/{REVISION}/"


def table(first, count):
    rows = range(first, first + count)
    content = {"text": [f"text {row}" for row in rows], "label": [("good", "bad")[row % 2] for row in rows]}
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(content), file)
    return file.getvalue()


FILES = {
    "README.md": b"# Reviews\n",
    "data/test-00000-of-00001.parquet": table(20, 8),
    "data/train-00000-of-00001.parquet": table(0, 20),
}


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub as the library asks of a public set of parquet files."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0].strip("/")
        if path == f"{API}/revision/{REVISION}":
            listed = [{"rfilename": name} for name in FILES]
            return self.say({"id": "someone/reviews", "sha": REVISION, "siblings": listed, "tags": []})
        if path.startswith(f"{API}/tree/{REVISION}"):
            return self.say(tree(path.removeprefix(f"{API}/tree/{REVISION}").strip("/")))
        name = path.removeprefix(CONTENT)
        return self.answer(FILES[name]) if name in FILES else self.refuse(path)

    do_HEAD = do_GET  # noqa: N815 - the name that the library calls

    def say(self, value):
        self.answer(json.dumps(value).encode())

    def answer(self, content):
        self.send_response(200)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{sha1(content)}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def refuse(self, path):
        self.send_response(404)
        self.send_header("X-Error-Code", "EntryNotFound" if path.startswith((API, CONTENT)) else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def tree(folder):
    """What stands in a folder of the set."""
    inside = {name: name.removeprefix(f"{folder}/" if folder else "") for name in FILES if name.startswith(folder)}
    files = [name for name, rest in inside.items() if "/" not in rest]
    folders = {rest.partition("/")[0] for rest in inside.values() if "/" in rest}
    return [
        *({"type": "file", "path": name, "size": len(FILES[name]), "oid": sha1(FILES[name])} for name in files),
        *({"type": "directory", "path": name, "oid": "0" * 40} for name in sorted(folders)),
    ]


def sha1(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


PREPARE = """
import json, sys
from pathlib import Path
from expc.data.prepare import prepare
from expc.errors import ExpcError
try:
    prepare(json.loads(sys.argv[1]), Path("prepared"), Path())
except ExpcError as error:
    print(error)
"""


@pytest.fixture
def prepared(tmp_path, planned):
    """What is printed when a set of the hub is prepared. In a process of its own: the library reads the hub's address
    at its import."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}"
        given = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}

        def prepare(**more):
            entry = planned({"source": "huggingface", "name": "someone/reviews", "revision": REVISION, **more})
            command = [sys.executable, "-W", "ignore", "-c", PREPARE, json.dumps(entry)]
            environment = {**os.environ, **given}
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        yield prepare
        running.shutdown()


def lines(folder, part):
    text = (folder / "prepared" / f"{part}.jsonl").read_text()
    return [tuple(json.loads(line).values()) for line in text.splitlines()]


def test_a_set_of_the_hub_is_fetched_by_its_name_and_commit_and_prepared(tmp_path, prepared):
    assert prepared() == ""
    stated = json.loads((tmp_path / "prepared/data.json").read_text())
    assert (stated["classes"], stated["examples"]) == (["bad", "good"], {"train": 18, "validation": 2, "test": 8})
    assert lines(tmp_path, "test") == [(f"text {row}", 1 - row % 2) for row in range(20, 28)]
    assert (tmp_path / "results/.cache/huggingface").is_dir()


def test_a_folder_that_is_called_like_the_set_is_not_taken_for_it(tmp_path, prepared):
    (tmp_path / "someone/reviews").mkdir(parents=True)
    (tmp_path / "someone/reviews/train.csv").write_text("text,label\n" + "no,no\nyes,yes\n" * 20)
    assert prepared() == ""
    assert json.loads((tmp_path / "prepared/data.json").read_text())["classes"] == ["bad", "good"]


def test_a_set_or_a_column_that_the_hub_does_not_have_is_named(tmp_path, prepared):
    said = prepared(name="someone/else")
    assert said.startswith("the data set someone/else can't be fetched (")
    said = prepared(columns={"label": "stars"})
    assert said == "someone/reviews (train): no column 'stars'; allowed: text, label\n"
    assert not (tmp_path / "prepared").exists()
