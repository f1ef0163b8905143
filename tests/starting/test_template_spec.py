"""First specs of templates, and templates of one's own."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from expc.assets import asset
from expc.compiler.check import check_file
from expc.compiler.templates.template import load_template, template_names
from expc.errors import ExpcError
from expc.starting.new_template import new_template
from expc.starting.template_spec import template_spec


@pytest.mark.parametrize("task", template_names())
def test_a_first_spec_says_every_parameter_and_there_is_nothing_to_complain_about(task: str, tmp_path: Path) -> None:
    template = load_template(asset("templates", task))
    text, files = template_spec(template, task, "first", "# header")
    for name, content in {**files, "spec.yaml": text}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert [str(one) for one in check_file(str(tmp_path / "spec.yaml"))] == []
    assert text.startswith("# header\n")
    assert [name for name in [*template.parameters, *template.slots] if f"{name}: " not in text] == []


@pytest.mark.parametrize("task", template_names())
def test_what_stands_behind_a_sign_in_a_first_spec_may_stand_without_it(task: str, tmp_path: Path) -> None:
    text, files = template_spec(load_template(asset("templates", task)), task, "first", "# header")
    text = text.replace("\n  # ", "\n  ")
    for name, content in {**files, "spec.yaml": text}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert [str(one) for one in check_file(str(tmp_path / "spec.yaml")) if one.is_error] == []


@pytest.mark.parametrize("task", template_names())
def test_a_new_template_has_all_of_its_files_in_one_folder_and_a_first_spec(task: str, tmp_path: Path) -> None:
    original = load_template(asset("templates", task))
    files = new_template("mine", original.folder, tmp_path / "mine")
    assert {"template.yaml", original.train, *original.shared} <= set(files)
    made = load_template(tmp_path / "mine")
    assert (made.name, made.shared) == ("mine", ())
    assert (made.parameters, made.slots, made.metrics) == (original.parameters, original.slots, original.metrics)
    text, others = template_spec(made, "./mine", "first", "# header")
    with contextlib.chdir(tmp_path):
        for name, content in {**others, "spec.yaml": text}.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(content, encoding="utf-8")
        assert [str(one) for one in check_file("spec.yaml")] == []


@pytest.mark.parametrize(
    ("name", "words"), [("My Template", "can't be called 'My Template'"), ("there", "is there already")]
)
def test_a_new_template_needs_a_name_that_is_free(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ExpcError) as said:
        new_template(name, asset("templates", "image-classification"), tmp_path / name)
    assert words in str(said.value)
