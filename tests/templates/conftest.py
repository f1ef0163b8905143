"""Variants and small prepared data in a temporary folder, and generated programs as forked processes.

They are forked, as the runner does it, since to import torch takes longer than all these runs. Torch is not used
here beyond what a template preloads: a process in which it has begun threads can't be forked safely."""

import json
import os
import random
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expc.assets import asset
from expc.compiler.templates.method import Method
from expc.compiler.templates.render import render
from expc.compiler.templates.template import load_template
from expc.runner.warm import imported

TASKS = {"images": "image-classification", "texts": "text-classification", "tables": "tabular"}


@dataclass(frozen=True)
class Trial:
    """A trial's folder, with the code that it runs."""

    folder: Path
    code: Path
    slot: str

    def run(self, program: str = "train.py", *, killed_at: int = 0, **environment: str) -> int:
        """The exit status of a program of the variant; minus the signal, if one ended it.

        With `killed_at` it gets SIGKILL just before it would put its n-th file in place."""
        process = os.fork()
        if process:
            return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        try:
            if killed_at:
                kill_at(killed_at)
            os._exit(self._run(program, environment))
        finally:
            os._exit(70)

    def _run(self, program: str, environment: Mapping[str, str]) -> int:
        os.chdir(self.folder)
        log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        os.environ.update({"EXPC_CHECKPOINT_DIR": str(self.folder / "checkpoints"), "EXPC_CPUS": "1", **environment})
        sys.path.insert(0, str(self.code))
        before = set(sys.modules)
        try:
            runpy.run_path(str(self.code / program), run_name="__main__")
        except SystemExit as end:
            if isinstance(end.code, int):
                return end.code
            print(end.code)
            return 1
        except BaseException:  # noqa: BLE001  (a process of its own: nothing may go back to pytest)
            traceback.print_exc()
            return 1
        else:
            return 0
        finally:
            Path("modules.json").write_text(json.dumps(sorted(set(sys.modules) - before)))
            sys.stdout.flush()
            sys.stderr.flush()

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def rows(self) -> list[dict[str, Any]]:
        """The metrics' rows, each once: a later one stands in for an earlier one of the same name, split and step."""
        lines = (self.folder / "metrics.jsonl").read_text().splitlines()
        return list({(r["name"], r["split"], r["step"]): r for r in map(json.loads, lines)}.values())

    def values(self, name: str) -> list[float | None]:
        split, _, name = name.partition(".")
        return [row["value"] for row in self.rows() if (row["split"], row["name"]) == (split, name)]

    def checkpoints(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "checkpoints").iterdir())

    def predict(self, rule: str, data: Path, **environment: str) -> list[dict[str, Any]]:
        """What evaluate.py says that a checkpoint predicts on some data."""
        rows = self.folder / "predictions.jsonl"
        self.evaluate(rule, data, EXPC_PREDICTIONS=str(rows), **environment)
        return [json.loads(line) for line in rows.read_text().splitlines()]

    def evaluate(self, rule: str, data: Path, **more: str) -> dict[str, Any]:
        """What evaluate.py says of a checkpoint on some data."""
        rows = self.folder / "evaluation.jsonl"
        rows.unlink(missing_ok=True)
        checkpoint = str(self.folder / "checkpoints" / f"{rule}.pt")
        environment = {"EXPC_CHECKPOINT": checkpoint, "EXPC_DATA_DIR": str(data), "EXPC_METRICS": str(rows), **more}
        assert self.run("evaluate.py", **environment) == 0, self.log()
        return {row["name"]: row["value"] for row in map(json.loads, rows.read_text().splitlines())}


def kill_at(count: int) -> None:
    replace, left = os.replace, iter(range(count - 1, -1, -1))

    def replace_or_die(*paths: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*paths)

    os.replace = replace_or_die


@pytest.fixture(scope="session")
def preloaded() -> None:
    imported(load_template(asset("templates", "image-classification")).preload, str(asset("templates", "shared")))


@pytest.fixture
def trial(tmp_path: Path, data: Mapping[str, Path], preloaded: None) -> Callable[..., Trial]:
    """Makes a trial of a task (`images`, `texts`), with a choice of its slot or with a method's text."""

    def make(
        kind: str, choice: str, *, name: str = "trial", text: str | None = None, data_of: str = "", **params: Any
    ) -> Trial:
        template = load_template(asset("templates", TASKS[kind]))
        slot = next(iter(template.slots))
        methods = {choice: Method(choice, slot, text)} if text else {}
        code, folder = tmp_path / name / "code", tmp_path / name / "trial"
        code.mkdir(parents=True)
        (folder / "checkpoints").mkdir(parents=True)
        for file, content in render(template, {slot: choice}, methods).files:
            (code / file).write_text(content)
        inputs, seed = params.pop("inputs", {}), params.pop("seed", 0)
        values = {
            name: template.parameters[name].default
            for name in template.read_parameters({slot: choice, **params}, methods)
        }
        given = {"params": values | params, "seed": seed, "data": str(data[data_of or kind]), "from": inputs}
        (folder / "params.json").write_text(json.dumps(given))
        return Trial(folder, code, slot)

    return make


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Prepared data that can be learned: images with a bright corner, texts with a word that tells."""
    return {
        "images": images(tmp_path_factory.mktemp("images"), classes=3),
        "other-images": images(tmp_path_factory.mktemp("other"), classes=4, names="wxyz"),
        "some-images": images(tmp_path_factory.mktemp("some"), classes=2, names="ba"),
        "texts": texts(tmp_path_factory.mktemp("texts"), ["good", "fine"]),
        "other-texts": texts(tmp_path_factory.mktemp("others"), ["good", "nice"]),
        "tables": tables(tmp_path_factory.mktemp("tables"), ["no", "yes"]),
        "numbers": tables(tmp_path_factory.mktemp("numbers"), None),
        "other-tables": tables(tmp_path_factory.mktemp("other-tables"), ["no", "yes"], more="height"),
    }


SIZES = {"train": 60, "validation": 24, "test": 30}


def images(folder: Path, classes: int, names: str = "abcd") -> Path:
    chance = np.random.default_rng(0)
    for split, size in SIZES.items():
        label = np.arange(size) % classes
        corner = np.array([ord(name) % 4 for name in names])[label]
        image = chance.normal(3.0, 1.0, (size, 1, 6, 7))
        for row, where in enumerate(corner):
            image[row, 0, 3 * (where // 2) : 3 * (where // 2) + 3, 4 * (where % 2) : 4 * (where % 2) + 3] += 2.0
        np.savez(folder / f"{split}.npz", x=image, y=label)
    describe(folder, kind="images", classes=list(names[:classes]), examples=SIZES, shape=[1, 6, 7])
    return folder


def texts(folder: Path, tell: list[str]) -> Path:
    chance = random.Random(0)
    words = [f"word{n}" for n in range(8)]
    for split, size in SIZES.items():
        lines = []
        for number in range(size):
            text = chance.choices(words, k=chance.randint(0, 5)) + [chance.choice(tell)] * (number % 2)
            chance.shuffle(text)
            lines.append(json.dumps({"text": " ".join(text), "label": number % 2}) + "\n")
        (folder / f"{split}.jsonl").write_text("".join(lines))
    describe(folder, kind="texts", classes=["no", "yes"], examples=SIZES)
    return folder


def tables(folder: Path, classes: list[str] | None, *, more: str = "weight") -> Path:
    """Two columns of numbers with holes, one of categories; some are in the validation and test data alone."""
    chance = np.random.default_rng(0)
    for split, size in SIZES.items():
        x = chance.normal(100.0, 20.0, (size, 2))
        kinds = chance.choice(["a", "b", "" if split == "train" else "unseen"], size)
        y = x[:, 0] + 30 * (kinds == "b") + chance.normal(0, 2, size)
        x[::7, 1] = np.nan
        np.savez(
            folder / f"{split}.npz",
            numbers=x,
            categories=kinds[:, None],
            y=y if classes is None else (y > 110).astype(int),
        )
    columns = {"numbers": ["age", more], "categories": ["kind"]}
    describe(folder, kind="tables", classes=classes, examples=SIZES, columns=columns)
    return folder


def describe(folder: Path, **description: Any) -> None:
    (folder / "data.json").write_text(json.dumps({"id": "0", **description}))
