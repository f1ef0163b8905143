"""The real yaml-language-server, spoken to as an editor does it: JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VERSION = "2.0.0"
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}


class Server:
    """A running server; documents are opened under made-up names in a folder."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.folder, self.number = folder, 0
        self.process = subprocess.Popen(
            ["node", program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.flagged: dict[str, list[dict[str, Any]]] = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        capabilities = {"textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}}}
        self.ask("initialize", processId=os.getpid(), rootUri=folder.as_uri(), capabilities=capabilities)
        self.tell("initialized")
        self.tell("workspace/didChangeConfiguration", settings=SETTINGS)

    def end(self) -> None:
        self.process.kill()
        self.reader.join()
        self.process.communicate()

    def _read(self) -> None:
        assert self.process.stdout
        while header := self.process.stdout.readline():
            if header.lower().startswith(b"content-length:"):
                self.process.stdout.readline()
                self.answers.put(json.loads(self.process.stdout.read(int(header.split(b":")[1]))))

    def _send(self, **message: Any) -> None:
        assert self.process.stdin
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        self._send(method=method, params=params)

    def ask(self, method: str, **params: Any) -> Any:
        self.number += 1
        self._send(id=self.number, method=method, params=params)
        return self._until(lambda message: message.get("id") == self.number and "method" not in message)["result"]

    def _until(self, wanted: Any) -> dict[str, Any]:
        while True:
            message = self.answers.get(timeout=60)
            if message.get("method") == "workspace/configuration":
                asked = message["params"]["items"]
                self._send(id=message["id"], result=[SETTINGS.get(item.get("section"), {}) for item in asked])
            elif "method" in message and "id" in message:
                self._send(id=message["id"], result=None)
            elif message.get("method") == "textDocument/publishDiagnostics":
                self.flagged[message["params"]["uri"]] = message["params"]["diagnostics"]
            if wanted(message):
                return message

    def open(self, name: str, text: str) -> str:
        """Its URI; the file lies there too, so that the schema that it names is found."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return path.as_uri()

    def problems(self, name: str, text: str) -> dict[int, str]:
        """Line, from 1 -> what the server says of it."""
        uri = self.open(name, text)
        self._until(lambda message: uri in self.flagged)
        return {one["range"]["start"]["line"] + 1: one["message"] for one in self.flagged[uri]}

    def completed(self, name: str, text: str) -> dict[str, str]:
        """What is offered where `|` stands in the text: label -> words on it."""
        uri, place = self._at(name, text)
        found = self.ask("textDocument/completion", textDocument={"uri": uri}, position=place)
        return {one["label"]: _words(one.get("documentation")) for one in found["items"]}

    def hovered(self, name: str, text: str) -> str:
        uri, place = self._at(name, text)
        found = self.ask("textDocument/hover", textDocument={"uri": uri}, position=place)
        return _words(found["contents"]) if found else ""

    def _at(self, name: str, text: str) -> tuple[str, dict[str, int]]:
        before, _, after = text.partition("|")
        uri = self.open(name, before + after)
        self._until(lambda message: uri in self.flagged)
        return uri, {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}


def _words(content: Any) -> str:
    return content.get("value", "") if isinstance(content, dict) else str(content or "")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("npm, which brings the yaml-language-server, isn't here")
    cache = request.config.cache.mkdir(f"yaml-language-server-{VERSION}")
    program = cache / "node_modules/yaml-language-server/bin/yaml-language-server"
    if not program.is_file():
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", cache, f"yaml-language-server@{VERSION}"]
        installed = subprocess.run(command, capture_output=True, text=True, check=False)
        if installed.returncode:
            pytest.skip(f"npm can't install the yaml-language-server: {installed.stderr[-300:]}")
    found = Server(program, tmp_path_factory.mktemp("editor"))
    yield found
    found.end()
