"""The template `tabular`, on small tables: what it learns, measures and keeps, with every model."""

import json
import pickle
import shutil
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

for module in ("compose", "ensemble", "impute", "linear_model", "neural_network", "pipeline"):
    import_module(f"sklearn.{module}")  # the programs are forked: what is imported here, they needn't

MODELS = {
    "linear": {},
    "random_forest": {"trees": 20},
    "gradient_boosting": {"trees": 20, "min_leaf": 3},
    "mlp": {"hidden": [16], "epochs": 60, "lr": 0.01},
}


@pytest.mark.slow
@pytest.mark.parametrize(("model", "params"), MODELS.items(), ids=MODELS)
def test_a_model_learns_classes_and_numbers_and_ends_with_the_same_numbers_twice(trial, data, model, params):
    for kind, better in (("tables", ("accuracy", 0.8)), ("numbers", ("r2", 0.6))):
        runs = [trial("tables", model, name=f"{kind}-{n}", data_of=kind, **params) for n in range(2)]
        assert [run.run() for run in runs] == [0, 0], runs[0].log() + runs[1].log()
        assert runs[0].rows() == runs[1].rows()
        assert runs[0].values(f"validation.{better[0]}")[0] > better[1]
        tested = [run.evaluate("last", data[kind]) for run in runs]
        assert tested[0] == tested[1]
        assert tested[0][better[0]] > better[1]


@pytest.mark.parametrize("kind", ["tables", "numbers"])
def test_a_forest_on_several_processors_ends_with_the_same_numbers_twice(trial, data, kind):
    runs = [trial("tables", "random_forest", name=f"{n}", data_of=kind, trees=100, min_leaf=3) for n in range(2)]
    assert [run.run(EXPC_CPUS="4") for run in runs] == [0, 0], runs[0].log() + runs[1].log()
    assert runs[0].rows() == runs[1].rows()
    assert runs[0].evaluate("last", data[kind]) == runs[1].evaluate("last", data[kind])


@pytest.mark.parametrize("kind", ["tables", "numbers"])
def test_predictions_are_those_that_the_metrics_are_of_example_by_example(trial, data, kind):
    run = trial("tables", "random_forest", data_of=kind, trees=5)
    assert run.run() == 0, run.log()
    found, rows = run.evaluate("last", data[kind]), run.predict("last", data[kind])
    assert run.evaluate("last", data[kind]) == found
    with np.load(data[kind] / "test.npz") as arrays:
        truth = [["no", "yes"][one] for one in arrays["y"]] if kind == "tables" else arrays["y"].tolist()
    assert [(row["id"], row["on"], row["label"]) for row in rows] == [(n, None, one) for n, one in enumerate(truth)]
    if kind == "tables":
        right = [row["prediction"] == row["label"] for row in rows]
        assert (sum(right) / len(rows), right) == (found["accuracy"], [row["score"] >= 0.5 for row in rows])
    else:
        assert all(row["score"] == abs(row["prediction"] - row["label"]) for row in rows)
        assert sum(row["score"] for row in rows) / len(rows) == pytest.approx(found["mae"])


@pytest.mark.parametrize(("kind", "fitted"), [("tables", 40), ("numbers", 20)])
def test_a_rehearsal_fits_some_examples_of_each_class_and_measures_as_ever(trial, kind, fitted):
    measured = []
    for name, settings in (("rehearsal", {"EXPC_TRY": "1"}), ("run", {})):
        run = trial("tables", "random_forest", name=name, data_of=kind, trees=1)
        assert run.run(EXPC_CHECKPOINTS="last", **settings) == 0, run.log()
        with open(run.folder / "checkpoints" / "last.pt", "rb") as file:
            (tree,) = pickle.load(file)["model"].estimators_
        assert (tree.tree_.weighted_n_node_samples[0] == fitted) == (name == "rehearsal")
        measured.append([(row["split"], row["name"], row["step"]) for row in run.rows()])
    assert measured[0] == measured[1]


def test_the_metrics_are_those_of_scikit_learn(trial, data):
    for kind in ("tables", "numbers"):
        run = trial("tables", "linear", name=kind, data_of=kind)
        assert run.run(EXPC_CHECKPOINTS="best-validation.loss last step-1") == 0, run.log()
        assert run.checkpoints() == ["best-validation.loss.pt", "last.pt", "step-1.pt"]
        found = run.evaluate("best-validation.loss", data[kind])
        with open(run.folder / "checkpoints" / "last.pt", "rb") as file:
            saved = pickle.load(file)
        with np.load(data[kind] / "test.npz") as arrays:
            rows = np.hstack([arrays["numbers"].astype(object), arrays["categories"].astype(object)])
            truth, inputs = arrays["y"], saved["known"]["to_numbers"].transform(rows)
        predicted = saved["model"].predict(inputs)
        if kind == "tables":
            wanted = {
                "accuracy": (predicted == truth).mean(),
                "f1_macro": f1_score(truth, predicted, average="macro"),
                "loss": log_loss(truth, saved["model"].predict_proba(inputs)),
            }
        else:
            wanted = {
                "rmse": root_mean_squared_error(truth, predicted),
                "mae": mean_absolute_error(truth, predicted),
                "r2": r2_score(truth, predicted),
                "loss": root_mean_squared_error(truth, predicted) ** 2,
            }
        assert found == pytest.approx(wanted)


def test_what_columns_become_is_learned_from_training_data_alone(trial, data):
    run = trial("tables", "linear")
    assert run.run() == 0, run.log()
    with open(run.folder / "checkpoints" / "last.pt", "rb") as file:
        columns = pickle.load(file)["known"]["to_numbers"]
    with np.load(data["tables"] / "train.npz") as arrays:
        numbers = arrays["numbers"]
    imputer, scaler = columns.named_transformers_["numbers"]
    assert imputer.statistics_ == pytest.approx(np.nanmedian(numbers, axis=0))
    filled = np.where(np.isnan(numbers), np.nanmedian(numbers, axis=0), numbers)
    assert scaler.mean_ == pytest.approx(filled.mean(axis=0))
    (categories,) = columns.named_transformers_["categories"].categories_
    assert list(categories) == ["", "a", "b"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("other-tables", "it was trained on the columns {'numbers': ['age', 'weight'], 'categories': ['kind']}, not"),
        ("numbers", "it was trained to predict a class"),
    ],
)
def test_a_model_is_not_measured_on_other_columns(trial, data, other, said):
    run = trial("tables", "linear")
    assert run.run() == 0, run.log()
    with pytest.raises(AssertionError, match="this model can't be measured on"):
        run.evaluate("last", data[other])
    assert said in run.log()


@pytest.mark.parametrize("kind", ["tables", "numbers"])
def test_without_validation_data_it_fits_and_keeps_what_it_is_asked_for(trial, data, tmp_path, kind):
    folder = shutil.copytree(data[kind], tmp_path / "without")
    described = json.loads((folder / "data.json").read_text())
    described["examples"]["validation"] = 0
    (folder / "data.json").write_text(json.dumps(described))
    with np.load(folder / "validation.npz") as arrays:
        np.savez(folder / "validation.npz", **{name: arrays[name][:0] for name in arrays.files})
    runs = [trial("tables", "linear", name=name, data_of=kind) for name in ("with", "without")]
    given = json.loads((runs[1].folder / "params.json").read_text())
    (runs[1].folder / "params.json").write_text(json.dumps({**given, "data": str(folder)}))
    assert [run.run(EXPC_CHECKPOINTS="best-validation.loss last") for run in runs] == [0, 0], runs[1].log()
    assert runs[1].rows() == [row for row in runs[0].rows() if row["split"] == "train"]
    assert runs[1].checkpoints() == runs[0].checkpoints()
    assert runs[1].evaluate("best-validation.loss", folder) == runs[0].evaluate("best-validation.loss", data[kind])


@pytest.mark.slow
def test_torch_is_not_needed(trial):
    run = trial("tables", "mlp", epochs=1)
    program = f"""\
import runpy, sys
sys.path.insert(0, {str(run.code)!r})
runpy.run_path({str(run.code / "train.py")!r}, run_name="__main__")
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=run.folder, check=True)
    assert {row["name"] for row in run.rows()} == {"accuracy", "f1_macro", "loss"}
    assert json.loads((run.folder / "params.json").read_text())["params"]["epochs"] == 1
