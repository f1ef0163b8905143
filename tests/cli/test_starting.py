"""`expc init` and `expc new-template`: what they write, and what they don't overwrite."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Called

Call = Callable[..., Called]
SCRIPT = """\
import argparse
p = argparse.ArgumentParser()
p.add_argument('--step-size', type=float, default=0.1)
print(f"loss {p.parse_args().step_size ** 2}")
"""


def test_init_writes_a_spec_that_passes_its_schema_and_refuses_to_overwrite(call: Call, tmp_path: Path) -> None:
    code, said, _ = call("init", "text-classification")
    assert (code, said.splitlines()) == (
        0,
        [
            "Wrote .expc/text-classification.schema.json.",
            "Wrote data/sentences.csv.",
            "Wrote spec.yaml.",
            "Next: `expc check spec.yaml`, `expc try spec.yaml`, `expc run spec.yaml`.",
        ],
    )
    first = (tmp_path / "spec.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=.expc/text-classification.schema.json"
    assert json.loads((tmp_path / ".expc/text-classification.schema.json").read_text())["definitions"]["new_params"]
    assert call("check", "spec.yaml") == (0, "1 spec: nothing to complain about.\n", "")
    code, _, error = call("init", "text-classification")
    assert (code, error.startswith("spec.yaml is there already, and stays")) == (1, True)
    (tmp_path / "spec.yaml").unlink()
    assert call("init", "text-classification")[0] == 0, "the data that it wrote are no obstacle"
    (tmp_path / "spec.yaml").unlink()
    (tmp_path / "data/sentences.csv").write_text("mine")
    code, _, error = call("init", "text-classification")
    assert (code, error.startswith("data/sentences.csv is there already, and stays")) == (1, True)
    assert "-o FOLDER/spec.yaml" in error
    assert not (tmp_path / "spec.yaml").exists()
    assert call("init", "text-classification", "-o", "other/spec.yaml")[0] == 0
    assert call("check", "other/spec.yaml")[0] == 0


def test_init_from_a_program_makes_factors_of_what_is_to_vary(call: Call, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    code, said, _ = call("init", "--from", "train.py", "--vary", "step_size=0.1,1e-2", "-o", "lr.yaml")
    assert (code, "to do" in said) == (0, False)
    text = (tmp_path / "lr.yaml").read_text()
    assert "\nname: train\n" in text
    assert "\n  step-size: [0.1, 0.01]\n" in text
    assert call("check", "lr.yaml") == (0, "1 spec: nothing to complain about.\n", "")


def test_what_only_the_author_knows_is_an_error_until_it_is_said(call: Call, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('done')\n")
    code, said, _ = call("init", "--from", "train.py")
    assert (code, "to do: nothing says which numbers train.py measures" in said) == (0, True)
    code, said, _ = call("check", "spec.yaml")
    assert (code, "E361 CHANGE-ME stands for something that only you know" in said) == (1, True)


def test_a_new_template_is_a_task(call: Call, tmp_path: Path) -> None:
    code, said, _ = call("new-template", "mine")
    assert (code, said.splitlines()[-1]) == (0, "A spec names it `task: ./mine`; `expc init ./mine` writes one.")
    assert call("init", "./mine", "--name", "results")[0] == 0
    assert "\nname: results-1    # names results/results-1\n" not in (tmp_path / "spec.yaml").read_text()
    assert call("check", "spec.yaml") == (0, "1 spec: nothing to complain about.\n", "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("init", "image-clasification"), 1, "did you mean 'image-classification'?"),
        (("init", "./nothing"), 1, "there is no template './nothing'"),
        (("init", "x", "--from", "train.py"), 64, "not both"),
        (("init", "--vary", "lr=1,2"), 64, "--vary goes with --from"),
        (("init", "--from", "none.py"), 1, "none.py: can't be read: No such file or directory"),
        (("init", "--from", "train.py", "--vary", "lr=1"), 64, "two values or more"),
        (("init", "--from", "train.py", "--vary", "lr"), 64, "two values or more"),
        (("init", "--from", "train.py", "--vary", "rate=1,2"), 1, "has no parameter 'rate' that could vary"),
        (("new-template", "Mine"), 1, "a template can't be called 'Mine'"),
        (("new-template", "mine", "--from", "audio"), 1, "there is no template 'audio'"),
        (("schema", "--task", "text"), 1, "there is no template 'text'"),
    ],
)
def test_what_can_not_be_begun_is_said_and_nothing_is_written(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    found, _, error = call(*arguments)
    assert (found, words in " ".join(error.replace("│", " ").split())) == (code, True), error
    assert [path.name for path in tmp_path.iterdir()] == ["train.py"]
