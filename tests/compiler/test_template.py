"""template.yaml in, what a template offers out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from expc.assets import asset
from expc.compiler.templates.method import Method
from expc.compiler.templates.parameter import Parameter
from expc.compiler.templates.template import (
    DataNeed,
    MetricDeclaration,
    TemplateError,
    find_template,
    load_template,
    template_names,
)

TRAINED_BY_TORCH = ("image-classification", "text-classification")
SHARED = {
    *("epochs", "batch_size", "lr", "optimizer", "momentum", "weight_decay", "schedule", "warmup", "dropout"),
    *("grad_accumulation", "grad_clip", "patience", "precision"),
}


def test_shipped_templates_are_found_by_name_and_others_by_a_path_with_a_slash(tmp_path):
    own = tmp_path / "mine"
    shutil.copytree(asset("templates", "image-classification"), own)
    assert template_names() == ["image-classification", "llm-evaluation", "tabular", "text-classification"]
    assert {
        task: find_template(task, tmp_path) for task in ("image-classification", "./mine", "mine", "./no", "shared")
    } == {
        "image-classification": asset("templates", "image-classification"),
        "./mine": tmp_path / "./mine",
        "mine": None,
        "./no": None,
        "shared": None,
    }


def test_the_templates_offer_what_the_language_counts_on():
    found = {name: load_template(asset("templates", name)) for name in template_names()}
    asks = found.pop("llm-evaluation")
    assert (asks.data, asks.train, asks.evaluate, asks.steps, asks.selects) == (
        DataNeed("questions", ("questions",)), "ask.py", None, None, None,
    )  # fmt: skip
    assert (asks.network, asks.cache, asks.predictions) == ("host", True, True)
    assert {name: (t.data, t.train, t.evaluate, t.steps, t.selects) for name, t in found.items()} == {
        "image-classification": (
            DataNeed("images", ("sklearn", "npz", "folder", "idx")),
            "train.py", "evaluate.py", "epoch", "validation.loss",
        ),
        "text-classification": (
            DataNeed("texts", ("csv", "jsonl", "huggingface")),
            "train.py", "evaluate.py", "epoch", "validation.loss",
        ),
        "tabular": (DataNeed("tables", ("csv", "sklearn")), "train.py", "evaluate.py", "fit", "validation.loss"),
    }  # fmt: skip
    assert {(s.name, s.file, s.arguments, tuple(s.choices)) for t in found.values() for s in t.slots.values()} == {
        ("model", "model.py", ("config", "classes"), ("linear", "random_forest", "gradient_boosting", "mlp")),
        ("model", "model.py", ("config", "shape", "classes"), ("mlp", "cnn")),
        ("encoder", "encoder.py", ("config", "width"), ("bag", "cnn", "bilstm", "transformer")),
    }
    for template in map(found.__getitem__, TRAINED_BY_TORCH):
        assert set(template.parameters) > SHARED
        assert template.metrics["accuracy"] == MetricDeclaration(
            "accuracy", "maximize", (0, 1), "The part of the examples whose highest score is their class."
        )
        assert {name: metric.goal for name, metric in template.metrics.items()} == {
            "accuracy": "maximize", "f1_macro": "maximize", "loss": "minimize",
        }  # fmt: skip


def test_shared_parameters_mean_the_same_in_every_template():
    found = [load_template(asset("templates", name)).parameters for name in TRAINED_BY_TORCH]
    for name in SHARED - {"epochs", "batch_size", "dropout"}:  # these differ in their defaults or their places
        assert len({repr(parameters[name]) for parameters in found}) == 1, name


PARAMETERS = {
    "int": Parameter("n", "int", 1, "", min=1, max=9),
    "float": Parameter("x", "float", 0.0, "", min=0, max=1),
    "bool": Parameter("b", "bool", False, ""),
    "str": Parameter("s", "str", "adam", "", choices=("sgd", "adam")),
    "optional": Parameter("o", "float", None, "", optional=True),
    "list": Parameter("l", "list[int]", (3,), "", min=1, min_items=1),
    "floats": Parameter("f", "list[float]", (), ""),
}
FITS = [
    ("int", 9, 9),
    ("float", 1, 1.0),
    ("float", 0.5, 0.5),
    ("bool", True, True),
    ("str", "sgd", "sgd"),
    ("optional", None, None),
    ("optional", 2, 2.0),
    ("list", [3, 4], (3, 4)),
    ("list", (5,), (5,)),
    ("floats", [1, 2.5], (1.0, 2.5)),
    ("floats", [], ()),
]
DOES_NOT_FIT = [
    ("int", "ten", "expected a whole number, found the text 'ten'"),
    ("int", True, "expected a whole number, found true"),
    ("int", 3.0, "expected a whole number, found 3.0: write 3"),
    ("int", 2.5, "expected a whole number, found 2.5"),
    ("int", 0, "0 is too small: the smallest value is 1"),
    ("int", 10, "10 is too large: the largest value is 9"),
    ("int", None, "expected a whole number, found null"),
    ("int", [1], "expected a whole number, found a list"),
    ("float", "0.5", "expected a number, found the text '0.5'"),
    ("float", False, "expected a number, found false"),
    ("float", float("nan"), "expected a finite number, found nan"),
    ("float", float("inf"), "expected a finite number, found inf"),
    ("float", {"a": 1}, "expected a number, found a mapping"),
    ("bool", 1, "expected true or false, found 1"),
    ("bool", "yes", "expected true or false, found the text 'yes'"),
    ("str", "adm", "expected one of sgd, adam, found the text 'adm'"),
    ("str", 3, "expected one of sgd, adam, found 3"),
    ("list", 3, "expected a list of whole numbers, found 3: write [3]"),
    ("list", [], "expected 1 or more items, found 0"),
    ("list", [3, "4"], "item 2: expected a whole number, found the text '4'"),
    ("list", [0], "item 1: 0 is too small: the smallest value is 1"),
    ("list", None, "expected a list of whole numbers, found null"),
]


@pytest.mark.parametrize(("name", "value", "cast"), FITS)
def test_a_value_that_fits_is_cast_to_the_declared_type(name, value, cast):
    found = PARAMETERS[name].cast(value)
    assert (PARAMETERS[name].problem(value), repr(found)) == (None, repr(cast))


@pytest.mark.parametrize(("name", "value", "problem"), DOES_NOT_FIT)
def test_a_value_that_does_not_fit_says_why(name, value, problem):
    assert PARAMETERS[name].problem(value) == problem


ONLY_SOME = {"momentum", "filter_widths", "filters", "hidden", "layers", "heads"}
DEF = "def build(config, width):\n"
METHODS = {
    "plain": Method("plain", "encoder", f"{DEF}    return config.heads + config.depth\n", {"depth": 2, "unused": 1}),
    "opaque": Method("opaque", "encoder", f"{DEF}    return Net(config)\n", {"depth": 2}),
}  # fmt: skip
READ = [
    ({}, {"filter_widths", "filters"}),
    ({"encoder": "cnn", "optimizer": "sgd"}, {"filter_widths", "filters", "momentum"}),
    ({"encoder": "bag"}, set()),
    ({"encoder": "bilstm"}, {"hidden", "layers"}),
    ({"encoder": "transformer"}, {"hidden", "layers", "heads"}),
    ({"encoder": "plain"}, {"heads", "depth"}),
    ({"encoder": "opaque"}, {*ONLY_SOME, "depth"}),
]


@pytest.mark.parametrize(("values", "some"), READ)
def test_parameters_that_nothing_reads_under_these_values_are_left_out(values, some):
    template = load_template(asset("templates", "text-classification"))
    always = set(template.parameters) - ONLY_SOME
    assert template.read_parameters(values, METHODS) == always | some


BROKEN = [
    ("train: train.py", "train: no.py", ":5: there is no file {folder}/no.py"),
    (
        "data: {kind: images, sources: [sklearn, npz, folder, idx]}\n",
        "",
        ":5: it measures on data, which the template has none of",
    ),
    ("steps: epoch\n", "", ":1: the template: 'steps' is a dependency of 'selects'"),
    ("steps: epoch", "step: epoch", ":9: unknown key 'step'; did you mean 'steps'? allowed: "),
    ("validation.loss", "validation.los", ":10: the template has no metric 'los'; did you mean 'loss'? "),
    ("default: mlp", "default: mpl", ":13: no choice 'mpl'; did you mean 'mlp'? allowed: mlp, cnn"),
    ("{model: [mlp]}", "{modell: [mlp]}", ":54: no slot or parameter 'modell'; did you mean 'model'? "),
    ("{model: [mlp]}", "{model: [mpl]}", ":54: 'model' has no choice 'mpl'; did you mean 'mlp'? "),
    ("default: [64]", "default: [0]", ":54: the default of 'hidden' doesn't fit: item 1: 0 is too small: "),
    ("  hidden: {", "  lambda: {", ":54: 'lambda' is taken; give the parameter another name"),
    ("  hidden: {", "  dataset: {", ":54: 'dataset' is taken; give the parameter another name"),
    ("      cnn: Layers", "      vgg: Layers", ":24: there is no file {folder}/model/vgg.py"),
    ("template: 1", "template: [1", ":2: isn't YAML: "),
    ("template: 1", "template: 2", ":1: template: 1 was expected"),
]


@pytest.mark.parametrize(("text", "instead", "message"), BROKEN)
def test_a_broken_template_says_what_is_wrong_and_where(tmp_path, text, instead, message):
    folder = tmp_path / "image-classification"
    shutil.copytree(asset("templates", "image-classification"), folder)
    shutil.copytree(asset("templates", "shared"), tmp_path / "shared")
    path = folder / "template.yaml"
    whole = path.read_text()
    assert text in whole
    path.write_text(whole.replace(text, instead, 1))
    with pytest.raises(TemplateError) as error:
        load_template(folder)
    assert str(error.value).startswith(f"{path}{message.format(folder=folder)}")


def test_a_template_that_is_not_there_or_not_text_says_so(tmp_path):
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "template.yaml").write_bytes(b"description: caf\xe9")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "template.yaml").write_text("- " * 3000)
    (tmp_path / "escaped").mkdir()
    (tmp_path / "escaped" / "template.yaml").write_text('description: "\\UFFFFFFFF"')
    for name, message in {
        "no": "can't be read: No such file or directory",
        "latin": "isn't UTF-8; save it as UTF-8",
        "deep": "is nested too deeply; is it the right file?",
        "escaped": "isn't YAML: Python int too large to convert to C int",
    }.items():
        with pytest.raises(TemplateError) as error:
            load_template(tmp_path / name)
        assert str(error.value) == f"{tmp_path / name / 'template.yaml'}: {message}"


def test_the_schema_is_draft_07_and_every_property_is_described():
    schema = json.loads(asset("schemas", "template.schema.json").read_text())
    Draft7Validator.check_schema(schema)

    def undescribed(node: object, path: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        lacking = []
        for name, child in node.get("properties", {}).items():
            described = "description" in child and (child.get("type") != "object" or "additionalProperties" in child)
            lacking += [] if described or "$ref" in child else [f"{path}.{name}"]
        return lacking + [bad for name, child in node.items() for bad in undescribed(child, f"{path}.{name}")]

    assert undescribed(schema, "") == []


def test_loading_imports_nothing_heavy():
    code = (
        "import sys; from pathlib import Path; from expc.compiler.templates.template import *\n"
        "load_template(find_template('text-classification', Path()))\n"
        "print(sorted({'torch', 'numpy', 'jinja2', 'pandas', 'snakemake', 'yaml'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert found.stdout == "[]\n"
