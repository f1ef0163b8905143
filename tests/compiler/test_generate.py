"""What was compiled, and files that changed since, in; the code, or the name of the file that changed, out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from expc.assets import asset
from expc.compiler.build import build
from expc.compiler.writing.generate import ChangedError, generate
from expc.compiler.writing.write import workflow_files

SPEC = """\
expc: 1
name: digits
task: ./kept/image-classification
data: {digits: {source: sklearn}}
methods: {mine: {slot: model, file: mine.py, params: {depth: 2}}}
params: {model: MODEL}
"""
METHOD = "def build(config, shape, classes):\n    return config.depth\n"
TEMPLATE = "kept/image-classification"


@pytest.mark.parametrize(
    ("model", "edited", "old", "new", "named"),
    [
        ("mine", "mine.py", "config.depth", "config.depth + 1", "mine.py"),
        ("mine", "mine.py", "config.depth", "config.dropout", "mine.py"),
        ("mine", f"{TEMPLATE}/data_loader.py", "import os", "import os, re", f"{TEMPLATE}/data_loader.py"),
        ("mine", "kept/shared/train.py", "ASK_TO_GO_ON = 85", "ASK_TO_GO_ON = 86", "kept/shared/train.py"),
        ("mlp", f"{TEMPLATE}/model/mlp.py", "def build", "def built", f"{TEMPLATE}/model/mlp.py"),
        (
            "mlp",
            f"{TEMPLATE}/template.yaml",
            "  epochs: {type: int",
            "  epochs: {type: float",
            f"{TEMPLATE}/template.yaml",
        ),
        ("mlp", "mine.py", "config.depth", "config.depth + 1", None),
        ("mine", f"{TEMPLATE}/model/mlp.py", "def build", "def built", None),
    ],
)
def test_the_file_that_changed_since_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, edited: str, old: str, new: str, named: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("image-classification", "shared"):
        shutil.copytree(asset("templates", name), Path("kept", name))
    Path("mine.py").write_text(METHOD)
    Path("spec.yaml").write_text(SPEC.replace("MODEL", model))
    files = workflow_files(build(["spec.yaml"], Path())[0], Path())
    ((variant, recipe),) = json.loads(files["experiments.json"])["variants"].items()
    text = Path(edited).read_text()
    assert old in text
    Path(edited).write_text(text.replace(old, new, 1))
    if named is None:
        generate(variant, recipe, Path("code"), Path())
        assert json.loads(Path("code/variant.json").read_text())["id"] == variant
        return
    with pytest.raises(ChangedError) as error:
        generate(variant, recipe, Path("code"), Path())
    assert str(error.value) == f"{named} has changed since `expc compile`; compile again"
