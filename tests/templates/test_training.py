"""The generated programs: what they leave behind, and that it is the same however they were run."""

import json
import math
import os
import signal
from pathlib import Path

import numpy as np
import pytest

CHOICES = [
    ("images", "mlp", {"hidden": [16], "batch_size": 8, "lr": 0.01}),
    ("images", "cnn", {"channels": [4, 8], "batch_size": 8, "lr": 0.01}),
    ("texts", "bag", {"embedding": 16, "batch_size": 8, "lr": 0.1}),
    ("texts", "cnn", {"embedding": 16, "filters": 8, "filter_widths": [2, 3], "batch_size": 8, "lr": 0.01}),
    ("texts", "bilstm", {"embedding": 16, "hidden": 8, "layers": 2, "batch_size": 8, "lr": 0.02}),
    ("texts", "transformer", {"embedding": 16, "hidden": 16, "heads": 2, "batch_size": 8, "lr": 0.01}),
]
EVERY = pytest.mark.parametrize(
    ("kind", "choice", "params"), CHOICES, ids=[f"{kind}-{choice}" for kind, choice, _ in CHOICES]
)
METRICS = ["loss", "accuracy", "f1_macro"]


@EVERY
def test_a_trial_leaves_rows_and_checkpoints_that_can_be_evaluated(trial, data, kind, choice, params):
    made = trial(kind, choice, epochs=8, dropout=0.1, **params)
    rules = "last best-validation.accuracy best-validation.loss step-3"
    assert made.run(EXPC_CHECKPOINTS=rules) == 0, made.log()

    rows = made.rows()
    assert [(row["step"], row["split"], row["name"], row["on"]) for row in rows] == [
        (step, split, name, None) for step in range(1, 9) for split in ("train", "validation") for name in METRICS
    ]
    assert made.checkpoints() == sorted([*(f"{rule}.pt" for rule in rules.split()), "resume.pt"])
    assert made.values("validation.accuracy")[-1] > 0.8

    found = made.evaluate("last", data[kind])
    assert list(found) == METRICS
    assert found["accuracy"] > 0.8
    assert made.evaluate("last", data[kind]) == found
    # Nothing is imported late in every process, which `preload` should have imported once.
    own = {"config", "data_loader", "encoder", "initial", "model", "train"}
    small = {"encodings.cp437"}  # of zipfile
    assert set(json.loads((made.folder / "modules.json").read_text())) <= own | small


@EVERY
def test_predictions_are_those_that_the_metrics_are_of_example_by_example(trial, data, kind, choice, params):
    made = trial(kind, choice, epochs=2, dropout=0.1, **params)
    assert made.run(EXPC_CHECKPOINTS="last") == 0, made.log()
    found = made.evaluate("last", data[kind])
    rows = made.predict("last", data[kind])
    assert made.evaluate("last", data[kind]) == found
    assert [(row["id"], row["on"], row["label"]) for row in rows] == [
        (place, None, label) for place, label in enumerate(labels(data[kind]))
    ]
    right = [row["prediction"] == row["label"] for row in rows]
    assert sum(right) / len(right) == pytest.approx(found["accuracy"])
    assert -sum(math.log(row["score"]) for row in rows) / len(rows) == pytest.approx(found["loss"], rel=1e-3)
    assert all(is_right == (row["score"] > 0.5) for row, is_right in zip(rows, right, strict=True) if kind == "texts")


def test_a_rehearsal_predicts_what_it_measures(trial, data, tmp_path):
    for kind, choice in (("images", "mlp"), ("texts", "bag")):
        made = trial(kind, choice, name=kind, epochs=1)
        assert made.run(EXPC_CHECKPOINTS="last", EXPC_TRY="1") == 0, made.log()
        assert len(made.predict("last", data[kind], EXPC_TRY="1")) == 30


def labels(folder):
    classes = json.loads((folder / "data.json").read_text())["classes"]
    if (folder / "test.npz").exists():
        with np.load(folder / "test.npz") as arrays:
            return [classes[label] for label in arrays["y"]]
    return [classes[json.loads(line)["label"]] for line in (folder / "test.jsonl").read_text().splitlines()]


@EVERY
def test_an_interrupted_trial_ends_with_the_same_numbers(trial, kind, choice, params):
    params = {**params, "epochs": 3, "dropout": 0.3, "schedule": "cosine", "warmup": 4, "patience": 5}
    whole = trial(kind, choice, name="whole", **params)
    assert whole.run(EXPC_CHECKPOINTS="best-validation.loss last") == 0, whole.log()

    stopped = trial(kind, choice, name="stopped", **params)
    limits = {"EXPC_CHECKPOINTS": "best-validation.loss last", "EXPC_DEADLINE": "0"}
    assert [stopped.run(**limits) for _ in range(3)] == [85, 85, 0], stopped.log()
    assert (stopped.folder / "metrics.jsonl").read_bytes() == (whole.folder / "metrics.jsonl").read_bytes()
    for rule in ("best-validation.loss", "last", "resume"):
        same = [(made.folder / "checkpoints" / f"{rule}.pt").read_bytes() for made in (whole, stopped)]
        assert same[0] == same[1], rule


@pytest.mark.parametrize("kind", ["images", "texts"])
@pytest.mark.parametrize(
    ("moment", "killed_at", "from_epoch"),
    [("before the first checkpoint", 1, 0), ("before resume.pt", 2, 0), ("in the second epoch", 3, 1), ("late", 6, 2)],
)
def test_a_killed_trial_goes_on_and_ends_with_the_same_numbers(trial, kind, moment, killed_at, from_epoch):
    params = {"images": {"channels": [4]}, "texts": {"embedding": 8, "filters": 4}}[kind]

    def make(name):
        return trial(kind, "cnn", name=name, epochs=3, batch_size=8, dropout=0.5, optimizer="sgd", **params)

    whole, killed = make("whole"), make("killed")
    assert whole.run() == 0, whole.log()
    assert killed.run(killed_at=killed_at) == -signal.SIGKILL
    assert killed.run() == 0, killed.log()
    assert (f"going on after epoch {from_epoch}" in killed.log()) == (from_epoch > 0), moment
    assert killed.rows() == whole.rows()
    for rule in ("last", "resume"):
        same = [(made.folder / "checkpoints" / f"{rule}.pt").read_bytes() for made in (whole, killed)]
        assert same[0] == same[1], rule


@EVERY
def test_a_batch_in_parts_learns_the_same(trial, kind, choice, params):
    params = {**params, "epochs": 2, "dropout": 0.0, "batch_size": 14, "optimizer": "sgd", "grad_clip": 0.5}
    found = []
    for parts in (1, 4):
        made = trial(kind, choice, name=f"parts{parts}", grad_accumulation=parts, **params)
        assert made.run() == 0, made.log()
        found.append([row["value"] for row in made.rows()])
    assert found[1] == pytest.approx(found[0], abs=1e-5)


def test_seeds_differ_and_a_seed_repeats(trial):
    def losses(name, seed):
        made = trial("images", "mlp", name=name, seed=seed, epochs=2, dropout=0.5)
        assert made.run() == 0, made.log()
        return made.values("train.loss")

    first, again, other = losses("first", 1), losses("again", 1), losses("other", 2)
    assert first == again
    assert first != other


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_every_optimizer_learns(trial, optimizer):
    lr = {"sgd": 0.05, "adagrad": 0.05}.get(optimizer, 0.005)
    made = trial("images", "mlp", epochs=6, optimizer=optimizer, lr=lr, batch_size=8, weight_decay=1e-4)
    assert made.run() == 0, made.log()
    assert made.values("validation.accuracy")[-1] > 0.8


@pytest.mark.parametrize(("kind", "choice"), [("images", "cnn"), ("texts", "bilstm"), ("texts", "transformer")])
def test_bfloat16_learns_other_numbers(trial, kind, choice):
    found = {}
    for precision in ("float32", "bfloat16"):
        made = trial(kind, choice, name=precision, epochs=2, precision=precision)
        assert made.run() == 0, made.log()
        found[precision] = made.values("validation.loss")
    assert found["bfloat16"] != found["float32"]
    assert found["bfloat16"] == pytest.approx(found["float32"], abs=0.1)


def test_training_stops_after_patience_without_a_better_validation_loss(trial):
    made = trial("images", "mlp", epochs=50, patience=3, lr=0.05, batch_size=8)
    assert made.run(EXPC_CHECKPOINTS="best-validation.loss") == 0, made.log()
    losses = made.values("validation.loss")
    assert losses.index(min(losses)) == len(losses) - 4
    assert len(losses) < 50
    assert made.run() == 0
    assert made.values("validation.loss") == losses


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_a_divergence_ends_the_run_with_a_row_and_a_reason(trial, kind):
    made = trial(kind, "cnn", epochs=9, lr=1e30, optimizer="sgd")
    assert made.run(EXPC_CHECKPOINTS="best-validation.loss") == 1
    rows = {(row["split"], row["name"]): row for row in made.rows()}
    assert rows["train", "loss"]["value"] is None
    assert rows["train", "loss"]["reason"] in ("not finite: nan", "not finite: inf")
    assert "after epoch 1; try a smaller lr, or grad_clip" in made.log()
    assert made.checkpoints() == []


def test_the_best_checkpoint_is_that_of_the_best_step_and_the_earliest_on_ties(trial, data):
    made = trial("images", "mlp", epochs=12, lr=0.02, batch_size=8)
    assert made.run(EXPC_CHECKPOINTS="best-validation.accuracy best-validation.loss last") == 0, made.log()
    accuracies, losses = made.values("validation.accuracy"), made.values("validation.loss")
    assert accuracies.count(max(accuracies)) > 1  # or the test shows nothing
    for rule, step in {
        "best-validation.accuracy": accuracies.index(max(accuracies)) + 1,
        "best-validation.loss": losses.index(min(losses)) + 1,
        "last": 12,
    }.items():
        again = trial("images", "mlp", name=rule, epochs=12, lr=0.02, batch_size=8)
        assert again.run(EXPC_CHECKPOINTS=f"step-{step}") == 0, again.log()
        assert again.evaluate(f"step-{step}", data["images"]) == made.evaluate(rule, data["images"])


def test_images_take_over_all_that_fits_but_the_head(trial, data):
    source = trial("images", "cnn", name="source", epochs=1)
    assert source.run() == 0, source.log()
    checkpoint = str(source.folder / "checkpoints" / "last.pt")
    target = trial(
        "images", "cnn", name="target", data_of="other-images", epochs=1, lr=0.0, inputs={"init": checkpoint}
    )
    assert target.run() == 0, target.log()
    taken = "layers.0.weight, layers.0.bias, layers.1.weight, layers.1.bias"
    assert target.log().splitlines()[0] == f"from {checkpoint}: {taken}"
    other = trial("images", "mlp", name="other", epochs=1, inputs={"init": checkpoint})
    assert other.run() == 0, other.log()
    assert other.log().splitlines()[0] == f"from {checkpoint}: nothing fits"


def test_texts_take_over_the_vectors_of_the_words_that_both_know(trial, data):
    source = trial("texts", "bag", name="source", epochs=8, lr=0.03, batch_size=8, embedding=16)
    assert source.run() == 0, source.log()
    checkpoint = str(source.folder / "checkpoints" / "last.pt")
    same = {"data_of": "other-texts", "embedding": 16, "epochs": 2, "lr": 0.01, "batch_size": 8}
    target = trial("texts", "bag", name="target", inputs={"init": checkpoint}, **same)
    assert target.run() == 0, target.log()
    assert target.log().splitlines()[0] == f"from {checkpoint}: embedding.weight (11 words)"
    fresh = trial("texts", "bag", name="fresh", **same)
    assert fresh.run() == 0, fresh.log()
    assert target.values("validation.loss")[0] < fresh.values("validation.loss")[0]


def test_labels_are_matched_by_their_classes_names(trial, data):
    made = trial("images", "mlp", epochs=8, lr=0.01, batch_size=8)
    assert made.run() == 0, made.log()
    assert made.evaluate("last", data["some-images"])["accuracy"] > 0.8  # classes b, a of a, b, c
    environment = {"EXPC_CHECKPOINT": str(made.folder / "checkpoints" / "last.pt"), "EXPC_METRICS": os.devnull}
    assert made.run("evaluate.py", EXPC_DATA_DIR=str(data["other-images"]), **environment) == 1
    assert "it was trained on the classes ['a', 'b', 'c'], without ['w', 'x', 'y', 'z']" in made.log()


def test_the_method_in_the_documentation_trains_in_the_place_of_a_choice(trial, data):
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
    text = page.partition("```python\n")[2].partition("```")[0]
    made = trial("texts", "maximum", text=text, epochs=8, lr=0.1, batch_size=8, dropout=0.0)
    assert made.run() == 0, made.log()
    assert made.evaluate("last", data["texts"])["accuracy"] > 0.8
