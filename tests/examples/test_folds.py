"""The examples with folds, run: every number of their tables is worked out anew, from the files that the spec names."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:  # they take seconds, also where these tests are not to run
    import pandas as pd
    import torch

EXAMPLES = Path(__file__).parents[2] / "examples"
MADE = shutil.ignore_patterns("workflow", "results", ".snakemake")

pytestmark = pytest.mark.slow


def run(name: str, folder: Path) -> Path:
    copy = shutil.copytree(EXAMPLES / name, folder / name, ignore=MADE)
    command = [sys.executable, "-m", "expc", "run", "spec.yaml"]
    found = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return copy


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def trials(folder: Path) -> Iterator[dict[str, Any]]:
    (plan,) = folder.glob("workflow/plans/*.jsonl")
    return map(json.loads, plan.read_text().splitlines()[1:])


def check_cell(cell: dict[str, str], values: list[float]) -> None:
    """A row of a table's CSV has these values, one for each run in the plan's order, and what follows from them."""
    assert [float(value) for value in cell["values"].split()] == pytest.approx(values, rel=1e-6)
    assert float(cell["mean"]) == pytest.approx(fmean(values), rel=1e-6)
    assert (cell["n"], cell["of"]) == (str(len(values)), str(len(values)))
    if len(values) > 1:
        assert float(cell["sd"]) == pytest.approx(stdev(values), rel=1e-6)
    else:
        assert cell["sd"] == ""


MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "linear": ("linear_model", "LogisticRegression", {"max_iter": 10_000}),
    "forest": ("ensemble", "RandomForestClassifier", {"random_state": 0}),
    "boosting": (
        "ensemble",
        "HistGradientBoostingClassifier",
        {"max_iter": 50, "min_samples_leaf": 5, "early_stopping": False, "random_state": 0},
    ),
    "mlp": (
        "neural_network",
        "MLPClassifier",
        {
            "hidden_layer_sizes": (16,),
            "batch_size": 32,
            "learning_rate_init": 0.003,
            "max_iter": 50,
            "n_iter_no_change": 50,
            "random_state": 0,
        },
    ),
}


def unfitted(model: str) -> Any:
    module, name, options = MODELS[model]
    return getattr(import_module(f"sklearn.{module}"), name)(**options)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_grouped_repeated_folds_of_four_models_give_the_numbers_of_scikit_learn_alone(tmp_path: Path) -> None:
    import pandas as pd

    folder = run("grouped-folds", tmp_path)
    patients = pd.read_csv(folder / "patients.csv")
    found: dict[tuple[str, str], list[float]] = {}
    tested: dict[str, list[tuple[int, ...]]] = {}
    for trial in trials(folder):
        model = trial["condition"]["model"]
        parts = {part: rows_of(patients, folder, trial["data"], part) for part in ("train", "validation", "test")}
        tested.setdefault(model, []).append(parts["test"])
        assert_apart(patients, parts)
        for metric, value in by_hand(model, patients.loc[[*parts["train"]]], patients.loc[[*parts["test"]]]).items():
            found.setdefault((model, metric), []).append(value)
    for folds in tested.values():  # each visit is tested once in each of the three repetitions
        assert [Counter(row for fold in folds[n : n + 10] for row in fold) for n in (0, 10, 20)] == [
            Counter(patients.index)
        ] * 3
    table = rows(folder / "results/grouped-folds/tables/main.csv")
    assert [(row["factor.model"], row["metric"]) for row in table] == [
        (model, metric) for model in MODELS for metric in ("accuracy", "f1_macro", "loss")
    ]
    for row in table:
        check_cell(row, found[row["factor.model"], row["metric"]])
    means = {(row["factor.model"], row["metric"]): float(row["mean"]) for row in table}
    best = {(max(MODELS, key=lambda model: means[model, metric]), metric) for metric in ("accuracy", "f1_macro")}
    best.add((min(MODELS, key=lambda model: means[model, "loss"]), "loss"))
    assert {(row["factor.model"], row["metric"]) for row in table if row["best"] == "true"} == best


COLUMNS = {"numbers": ["age", "pressure", "glucose"], "categories": ["activity", "site"]}


def rows_of(patients: pd.DataFrame, folder: Path, data: str, part: str) -> tuple[int, ...]:
    """Which visits a prepared part has, by what stands in them; two that are the same are of one patient, and so stay
    together."""
    import pandas as pd

    prepared = folder / "results" / "data" / data
    assert json.loads((prepared / "data.json").read_text())["columns"] == COLUMNS
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, key in zip(patients.index, _keys(*(patients[names] for names in COLUMNS.values())), strict=True):
        places.setdefault(key, []).append(place)
    assert all(patients.loc[same, "patient"].nunique() == 1 for same in places.values())
    with np.load(prepared / f"{part}.npz") as arrays:
        found = [places[key].pop(0) for key in _keys(*(pd.DataFrame(arrays[kind]) for kind in COLUMNS))]
    assert found == sorted(found)
    return tuple(found)


def _keys(numbers: pd.DataFrame, categories: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [
        (*row, *texts)
        for row, texts in zip(
            numbers.astype(float).fillna(-1.0).to_numpy().tolist(), categories.to_numpy(), strict=True
        )
    ]


def assert_apart(patients: pd.DataFrame, parts: dict[str, tuple[int, ...]]) -> None:
    """Every visit is in one part, and all visits of a patient in the same."""
    assert sorted(row for part in parts.values() for row in part) == [*patients.index]
    people = [set(patients.loc[[*part], "patient"]) for part in parts.values()]
    assert sum(map(len, people)) == len(set.union(*people)) == 60


def by_hand(model: str, training: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """A model fitted and measured without anything of ours."""
    import pandas as pd
    from sklearn.metrics import accuracy_score, f1_score, log_loss
    from threadpoolctl import threadpool_limits

    numbers, categories = COLUMNS.values()
    median = training[numbers].median()
    filled = training[numbers].fillna(median)
    known = pd.get_dummies(training[categories]).columns

    def matrix(rows: pd.DataFrame) -> Any:
        scaled = (rows[numbers].fillna(median) - filled.mean()) / filled.std(ddof=0)
        one_hot = pd.get_dummies(rows[categories]).reindex(columns=known, fill_value=0)
        return np.hstack([scaled.to_numpy(), one_hot.to_numpy(dtype=float)])

    with threadpool_limits(1):  # as a trial's `cpus`; more would wait for each other
        fitted = unfitted(model).fit(matrix(training), (training["diagnosis"] == "well").astype(int))
    truth, scores = (test["diagnosis"] == "well").astype(int), fitted.predict_proba(matrix(test))
    predicted = scores.argmax(1)
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "f1_macro": float(f1_score(truth, predicted, average="macro")),
        "loss": float(log_loss(truth, np.clip(scores, 1e-15, 1), labels=[0, 1])),
    }


def test_folds_and_a_split_of_its_own_stand_in_one_table_and_each_text_is_tested_once(tmp_path: Path) -> None:
    folder = run("kim-folds", tmp_path)
    found: dict[tuple[str, str], list[float]] = {}
    tested: dict[tuple[str, str], Counter[str]] = {}
    for trial in trials(folder):
        place = trial["condition"]["encoder"], trial["condition"]["dataset"]
        lines = (folder / "results/data" / trial["data"] / "test.jsonl").read_text().splitlines()
        texts = [json.loads(line) for line in lines]
        tested.setdefault(place, Counter()).update(text["text"] for text in texts)
        right = [reading(folder, trial, text["text"]) == text["label"] for text in texts]
        found.setdefault(place, []).append(fmean(right))
    for (_, dataset), texts in tested.items():
        file = "sst2_test" if dataset == "sst2" else dataset
        written = (line.split("\t")[0] for line in (folder / f"corpora/{file}.tsv").read_text().splitlines())
        assert texts == Counter(written)
    table = rows(folder / "results/kim-folds/tables/main.csv")
    assert {(row["factor.encoder"], row["factor.dataset"]) for row in table} == found.keys()
    for row in table:
        check_cell(row, found[row["factor.encoder"], row["factor.dataset"]])
    page = (folder / "results/kim-folds/tables/main.md").read_text()
    assert "± is the sample standard deviation over 1 to 10 runs that differ in their folds" in page


def reading(folder: Path, trial: dict[str, Any], text: str) -> int:
    """The class that a trial's kept checkpoint says a text has: the text alone, and plain sums."""
    import torch

    path = folder / "results/trials" / trial["id"] / "checkpoints" / f"{trial['keep'][0]}.pt"
    known, weights = checkpoint(path)
    words = [known["vocabulary"].index(word) if word in known["vocabulary"] else 1 for word in text.lower().split()]
    vectors = weights["embedding.weight"][words]  # words × width
    if trial["condition"]["encoder"] == "bag":
        features = vectors.mean(0)
    else:
        features = torch.cat([maxima(vectors, weights, place) for place in (0, 1)])
    return int((weights["head.weight"] @ features + weights["head.bias"]).argmax())


@lru_cache(maxsize=1)  # of all texts of a trial
def checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    import torch

    saved = torch.load(path, weights_only=True)
    return saved["known"], saved["weights"]


def maxima(vectors: torch.Tensor, weights: dict[str, torch.Tensor], place: int) -> torch.Tensor:
    import torch

    filters = weights[f"encoder.convolutions.{place}.weight"]  # filters × width × wide
    bias = weights[f"encoder.convolutions.{place}.bias"]
    wide = filters.shape[2]
    padded = torch.cat([torch.zeros(wide - 1, vectors.shape[1]), vectors, torch.zeros(wide - 1, vectors.shape[1])])
    windows = padded.unfold(0, wide, 1)  # places × width × wide
    return torch.relu(torch.einsum("pdw,fdw->fp", windows, filters) + bias[:, None]).amax(1)
