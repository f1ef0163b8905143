"""Small projects, written by hand: a plan, and what its trials left."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ACCURACY = {"ref": "accuracy", "split": "test", "name": "accuracy", "rule": "best-validation.loss"}
WORKFLOW: dict[str, Any] = {"expc": "0.1.0", "experiments": {}, "variants": {}, "data": {}}


class Project:
    """A folder as expc and the runner would leave it; made once, then only written to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def stage(self, **other: Any) -> dict[str, Any]:
        goals = {"accuracy": "maximize", "loss": "minimize"}
        usual = {"task": None, "metrics": [ACCURACY], "goals": goals, "ranges": {}, "evaluated": False}
        return {**usual, "takes_from": [], "factors": ["encoder"], **other}

    def table(self, **other: Any) -> dict[str, Any]:
        usual = {"stage": "train", "rows": ["encoder"], "columns": [], "metrics": ["accuracy"]}
        return {**usual, "average": [], "at": {}, "select": [], **other}

    def figure(self, **other: Any) -> dict[str, Any]:
        y = {"split": "validation", "name": "loss"}
        usual = {"stage": "train", "x": "step", "label": "epoch", "y": y, "color": "encoder", "facet": None}
        return {**usual, "average": [], "at": {}, "select": [], **other}

    def trial(self, identity: str, encoder: str | None = None, seed: int = 0, **other: Any) -> dict[str, Any]:
        condition = {"encoder": encoder} if encoder else {}
        usual = {"id": identity, "stage": "train", "condition": condition, "seed": seed, "seeds": {}, "variant": "v"}
        held = {"data": None, "params": {}, "from": {}, "checkpoints": [], "keep": [], "evaluate": []}
        return {**usual, **held, "cpus": 1, "memory": None, "time": None, **other}

    def plan(
        self,
        trials: Sequence[Mapping[str, Any]],
        *,
        factors: Mapping[str, Sequence[str]],
        stages: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        tables: Mapping[str, Any] | None = None,
        figures: Mapping[str, Any] | None = None,
    ) -> None:
        named = {identity: {"name": name, "files": {}} for identity, name in (data or {}).items()}
        header = {"plan": 1, "expc": "0.1.0", "name": "demo", "factors": factors, "on_failure": "report"}
        header |= {"stages": stages or {"train": self.stage()}, "variants": {}, "data": named}
        lines = "".join(json.dumps(line) + "\n" for line in (header, *trials))
        self.write("workflow/plans/demo.d1.jsonl", lines)
        asked = {"plan": "d1", "tables": tables or {}, "figures": figures or {}}
        self.write("workflow/experiments.json", json.dumps({**WORKFLOW, "experiments": {"demo": asked}}))

    def finish(
        self,
        identity: str,
        rows: Sequence[Sequence[Any]] = (),
        *,
        status: str = "done",
        cause: str | None = None,
        marked: Sequence[str] = (),
        evaluations: Mapping[str, Any] | None = None,
    ) -> None:
        """`rows` are (name, value), (name, value, split) or (name, value, split, step)."""
        keys = ("name", "value", "split", "step", "on")
        text = "".join(json.dumps(dict(zip(keys, row, strict=False))) + "\n" for row in rows)
        if rows:
            self.write(f"results/trials/{identity}/metrics.jsonl", text)
        kind, _, detail = (cause or "").partition(": ")
        found = {"id": identity, "status": status, "marked": list(marked)}
        found["cause"] = {"kind": kind, "detail": detail} if cause else None
        self.write(f"results/trials/{identity}/outcome.json", json.dumps(found))
        for evaluation, metrics in (evaluations or {}).items():
            failed = isinstance(metrics, str)
            result = {"id": evaluation, "status": "failed" if failed else "done", "trial": identity}
            result |= {"cause": {"kind": "code", "detail": metrics}} if failed else {"metrics": metrics, "cause": None}
            self.write(f"results/trials/{identity}/evaluations/{evaluation}.json", json.dumps(result))


_listening: list[list[str]] = []


def _listen(event: str, given: tuple[Any, ...]) -> None:
    if event == "open" and _listening and isinstance(given[0], str | Path) and not Path(given[0]).is_absolute():
        _listening[-1].append(Path(given[0]).name)


sys.addaudithook(_listen)  # which can't be taken back


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The names of the project's files that were opened since, in whatever way; what Python imports has whole paths."""
    _listening.append([])
    yield _listening[-1]
    _listening.pop()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project's folder, empty and current."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
