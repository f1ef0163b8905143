"""Language models asked over HTTP, on loopback: the example, and a server that is busy, fails, is slow, wants a key."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "llm-prompts"
KEY = "sk-loopback-0123456789"


def example_server() -> ModuleType:
    spec = importlib.util.spec_from_file_location("llm_prompts_server", EXAMPLE / "server.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


SERVER = example_server()


class Moody(SERVER.Chat):  # type: ignore[name-defined,misc]
    """As the example's; what else it does hangs on the model's name, and how often it was asked the same."""

    asked: Counter[tuple[str, str]]
    keys: set[str]

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model, text = asked["model"], "\n".join(message["content"] for message in asked["messages"])
        self.asked[model, text] += 1
        self.keys.add(self.headers["Authorization"])
        times = self.asked[model, text]
        if model == "busy" and times == 1:
            return self.reply(429, {"error": {"message": "slow down"}}, Retry_After=0)
        if (model == "shaky" and times <= 2) or model == "broken":
            return self.reply(500, {"error": {"message": "something broke"}})
        while model == "slow" and times == 1 and self.asked[model, text] == 1:
            time.sleep(0.05)  # until it has been given up, and asked again
        if model == "strict" and self.headers["Authorization"] != f"Bearer {KEY}":
            return self.reply(401, {"error": {"message": f"wrong key {self.headers['Authorization']}"}})
        said = SERVER.answer("owl", text)
        body = SERVER.completion(model, text, said)
        if model == "cut":
            body["choices"][0].update(finish_reason="length", message={"role": "assistant", "content": None})
            del body["usage"]
        return self.reply(200, body)


@contextlib.contextmanager
def serving(handler: Any) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def server() -> Iterator[Any]:
    class Mine(Moody):
        asked, keys = Counter(), set()

    with serving(Mine) as running:
        yield running


def expc(folder: Path, *words: str, **variables: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "expc", *words]
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")} | variables
    found = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return found.returncode, found.stdout + found.stderr


def results(folder: Path, name: str) -> dict[tuple[str, ...], dict[str, str]]:
    """Level of each factor -> metric -> value."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    with (folder / "results" / name / "results.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            levels = tuple(value for column, value in row.items() if column.startswith("factor."))
            found.setdefault(levels, {})[row["metric"]] = row["value"]
    return found


def outcomes(folder: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("results/trials/*/outcome.json")}


def test_the_example_gives_its_table_and_later_metrics_run_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    made = shutil.ignore_patterns("workflow", "results", ".snakemake", "__pycache__")
    shutil.copytree(EXAMPLE, folder, ignore=made)
    with serving(SERVER.Chat) as running:
        spec = (folder / "spec.yaml").read_text().replace(":8765/", f":{running.server_port}/")
        (folder / "spec.yaml").write_text(spec)
        code, said = expc(folder, "run", "spec.yaml")
    assert code == 0, said
    assert "12 of 12 trials done, 0 failed" in said
    found = results(folder, "llm-prompts")
    assert {levels: row["score"] for levels, row in found.items()} == {
        ("sums", "parrot", "plain"): "0.4", ("sums", "parrot", "terse"): "0.4", ("sums", "parrot", "steps"): "0.0",
        ("sums", "owl", "plain"): "0.6", ("sums", "owl", "terse"): "0.6", ("sums", "owl", "steps"): "1.0",
        ("capitals", "parrot", "plain"): "0.6", ("capitals", "parrot", "terse"): "0.6",
        ("capitals", "parrot", "steps"): "0.6", ("capitals", "owl", "plain"): "1.0",
        ("capitals", "owl", "terse"): "1.0", ("capitals", "owl", "steps"): "1.0",
    }  # fmt: skip
    assert all(row["rightly"] == row["score"] for row in found.values())

    before = outcomes(folder)
    more = spec.replace("  rightly:", "  asked: {from: predictions, compute: count, goal: maximize}\n  rightly:")
    (folder / "spec.yaml").write_text(more)  # from now on nobody answers
    code, said = expc(folder, "plan", "spec.yaml", "--detailed-exitcode")
    assert code == 0, said
    code, said = expc(folder, "run", "spec.yaml")
    assert code == 0, said
    assert {row["asked"] for row in results(folder, "llm-prompts").values()} == {"10"}
    assert outcomes(folder) == before

    for path in folder.glob("results/trials/*"):  # trials that are lost are made again from the cache
        shutil.rmtree(path)
    code, said = expc(folder, "run", "spec.yaml")
    assert code == 0, said
    again = results(folder, "llm-prompts")
    assert {levels: row["score"] for levels, row in again.items()} == {
        levels: row["score"] for levels, row in found.items()
    }


SPEC = """\
expc: 1
name: moods
task: llm-evaluation
data: {{sums: {{source: questions, file: sums.jsonl}}}}
factors:
  model:
    [openai/owl, openai/busy, openai/shaky, openai/slow, openai/broken, openai/strict, openai/cut, openai/gpt-4o-mini]
params:
  {{api_base: "{url}", scoring: numeric, prompt: prompt.txt, backoff: 0.01, retries: 2, timeout: 4.0, concurrency: 3}}
environment: {{network: host, secrets: [OPENAI_API_KEY]}}
metrics: [score, unanswered, truncated, cost, prompt_tokens, latency]
baseline: {{model: openai/owl}}
"""


def test_a_server_that_is_busy_fails_or_wants_a_key_is_met_as_it_should_be(tmp_path: Path, server: Any) -> None:
    shutil.copy(EXAMPLE / "benchmarks" / "sums.jsonl", tmp_path)
    (tmp_path / "prompt.txt").write_text("Think step by step. {question}\n")
    url = f"http://127.0.0.1:{server.server_port}/v1"
    (tmp_path / "spec.yaml").write_text(SPEC.format(url=url))

    code, said = expc(tmp_path, "run", "spec.yaml")
    assert code == 1
    assert "OPENAI_API_KEY isn't set, and stage train of moods needs it" in said
    assert "Traceback" not in said
    assert outcomes(tmp_path) == {}

    code, said = expc(tmp_path, "run", "spec.yaml", OPENAI_API_KEY=KEY)
    assert code == 0, said
    assert "7 of 8 trials done, 1 failed" in said
    assert server.RequestHandlerClass.keys == {f"Bearer {KEY}"}
    found = {model.removeprefix("openai/"): row for (model,), row in results(tmp_path, "moods").items()}
    right = ("owl", "busy", "shaky", "slow", "strict", "gpt-4o-mini")
    assert {model: found[model]["score"] for model in found} == {
        **dict.fromkeys(right, "1.0"),
        "cut": "0.0",
        "broken": "",
    }
    times = Counter[str]()
    for (model, _), count in server.RequestHandlerClass.asked.items():
        times[model] += count
    assert times == {
        "owl": 10, "busy": 20, "shaky": 30, "slow": 20, "strict": 10, "cut": 10, "gpt-4o-mini": 10,
        "broken": times["broken"],
    }  # fmt: skip
    assert times["broken"] >= 3
    assert [found["cut"][name] for name in ("unanswered", "truncated", "prompt_tokens")] == ["1.0", "1.0", ""]
    assert (found["owl"]["cost"], float(found["gpt-4o-mini"]["cost"]) > 0) == ("", True)
    assert 0 < float(found["slow"]["latency"]) < 4, "an answer's own time, not that of what was given up"

    stated = [json.loads(path.read_text()) for path in tmp_path.glob("results/trials/*/outcome.json")]
    (cause,) = [one["cause"] for one in stated if one["cause"]]
    assert cause["kind"] == "code"
    assert cause["detail"].startswith("question ")
    assert "asked 3 times, and at last InternalServerError" in cause["detail"]
    assert {one["network"] for one in stated} == {"host"}
    held = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert held == []


def test_a_wrong_key_and_none_fail_at_once_with_words_that_help(tmp_path: Path, server: Any) -> None:
    (tmp_path / "sums.jsonl").write_text('{"question": "What is 1 plus 1?", "answer": 2}\n')
    url = f"http://127.0.0.1:{server.server_port}/v1"
    spec = SPEC.format(url=url).replace(", prompt: prompt.txt", "")
    spec = spec.replace(spec[spec.index("[openai/owl, ") : spec.index("\nparams")], "[openai/strict]")
    (tmp_path / "spec.yaml").write_text(spec.replace("model: openai/owl", "model: openai/strict"))
    wrong = "sk-another-key-98765"
    code, said = expc(tmp_path, "run", "spec.yaml", OPENAI_API_KEY=wrong)
    assert code == 0, said
    (outcome,) = [json.loads(path.read_text()) for path in tmp_path.glob("results/trials/*/outcome.json")]
    assert outcome["cause"]["detail"].startswith("question 0: AuthenticationError: ")
    assert sum(server.RequestHandlerClass.asked.values()) == 1, "asking again would not help"
    assert [path for path in tmp_path.rglob("*") if path.is_file() and wrong.encode() in path.read_bytes()] == []

    (tmp_path / "other.yaml").write_text(
        spec.replace("model: openai/owl", "model: openai/strict")
        .replace("name: moods", "name: other")
        .replace(f'api_base: "{url}", ', "")
        .replace(", secrets: [OPENAI_API_KEY]", "")
    )
    code, said = expc(tmp_path, "run", "--only", "other.yaml")
    assert code == 0, said
    stated = [json.loads(path.read_text()) for path in tmp_path.glob("results/trials/*/outcome.json")]
    needs = "openai/strict needs OPENAI_API_KEY: write `environment: {network: host, secrets: [OPENAI_API_KEY]}`"
    assert needs in [one["cause"]["detail"] for one in stated]
