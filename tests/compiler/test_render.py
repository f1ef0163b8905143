"""A template and its choices in, the files of a variant and their hashes out."""

import ast
import dataclasses
import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.assets import asset
from expc.compiler.templates.method import Method
from expc.compiler.templates.render import normalised, render
from expc.compiler.templates.template import load_template, template_names

TEXT = load_template(asset("templates", "text-classification"))
VARIANTS = [
    (template, {slot.name: choice})
    for template in map(load_template, (asset("templates", name) for name in template_names()))
    for slot in template.slots.values()
    for choice in slot.choices
]
NAMES = [f"{template.name}-{'-'.join(choices.values())}" for template, choices in VARIANTS]
BAG = (TEXT.folder / "encoder" / "bag.py").read_text()


def method(text: str, **parameters: object) -> dict[str, Method]:
    return {"mine": Method("mine", "encoder", text, parameters)}


def fields(config: str) -> dict[str, str]:
    """The fields of a rendered config.py with their annotations, and their defaults where there is one."""
    found = next(node for node in ast.parse(config).body if isinstance(node, ast.ClassDef))
    assigned = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    return {
        ast.unparse(node.target): ast.unparse(node.annotation) + (f" = {ast.unparse(node.value)}" if node.value else "")
        for node in assigned
    }


ALWAYS = {
    "seed": "int", "data": "str | None", "inputs": "dict[str, str]", "epochs": "int", "batch_size": "int",
    "lr": "float",
    "optimizer": "str", "weight_decay": "float", "schedule": "str", "warmup": "int", "dropout": "float",
    "grad_accumulation": "int", "grad_clip": "float | None", "patience": "int | None", "precision": "str",
    "min_frequency": "int", "max_length": "int", "embedding": "int", "momentum": "float | None = None",
}  # fmt: skip
CONFIGURATIONS = [
    ("bag", {}, {}),
    ("cnn", {}, {"filter_widths": "list[int]", "filters": "int"}),
    ("transformer", {}, {"hidden": "int", "layers": "int", "heads": "int"}),
    ("mine", method("def build(config, width):\n    return config.momentum\n"), {"momentum": "float"}),
    (
        "mine",
        method(
            "def build(config, width):\n    return config.a, config.b, config.c, config.d, config.e\n",
            a=1, b="x", c=(1, 2), d=None, e=(1, "x"), unread=3,
        ),
        {"a": "int", "b": "str", "c": "list[int]", "d": "object", "e": "list"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("choice", "methods", "own"), CONFIGURATIONS)
def test_a_configuration_has_just_the_parameters_that_the_code_reads(choice, methods, own):
    config = dict(render(TEXT, {"encoder": choice}, methods).files)["config.py"]
    assert fields(config) == ALWAYS | own


def test_a_configuration_is_read_from_params_json(tmp_path):
    variant = render(TEXT, {"encoder": "bag"}, {})
    (tmp_path / "config.py").write_text(dict(variant.files)["config.py"])
    params = {p.name: p.default for p, may_be_off in TEXT.readable({"encoder": "bag"}) if not may_be_off}
    trial = {"params": {**params, "encoder": "bag"}, "seed": 3, "data": "../d", "from": {"init": "../a.pt"}}
    (tmp_path / "params.json").write_text(json.dumps(trial))
    code = "import config, dataclasses, json; print(json.dumps(dataclasses.asdict(config.load())))"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == {
        **params, "momentum": None, "seed": 3, "data": "../d", "inputs": {"init": "../a.pt"},
    }  # fmt: skip


@pytest.mark.parametrize(("template", "choices"), VARIANTS, ids=NAMES)
def test_a_variant_has_the_program_and_its_choice_word_for_word(template, choices):
    variant = render(template, choices, {})
    (slot, choice), files = next(iter(choices.items())), dict(variant.files)
    own = {path.name for path in template.folder.glob("*.py")}
    expected = {"config.py", *own, *template.shared, template.slots[slot].file}
    assert set(files) == expected
    assert files[template.slots[slot].file] == (template.folder / slot / f"{choice}.py").read_text()
    for name in template.shared:
        assert files[name] == asset("templates", "shared", name).read_text()
    assert [name for name, _ in variant.file_hashes] == sorted(expected)
    assert all(
        re.fullmatch("[0-9a-f]{16}", found)
        for found in (variant.program, variant.evaluator or "0" * 16, variant.variant)
    )
    assert render(template, choices, {}) == variant


def test_every_variant_has_a_program_of_its_own():
    assert len({render(template, choices, {}).program for template, choices in VARIANTS}) == len(VARIANTS)


@pytest.mark.slow
def test_generated_code_passes_ruff_and_imports_nothing_of_ours(tmp_path):
    for (template, choices), name in zip(VARIANTS, NAMES, strict=True):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in render(template, choices, {}).files:
            (folder / file).write_text(text)
            assert "expc" not in {
                line.split()[1].split(".")[0] for line in text.splitlines() if re.match("(import|from) ", line)
            }
        ruff = [sys.executable, "-m", "ruff"]
        options = ["--isolated", "--no-cache", "--line-length", "120"]
        for command in (["check", "--select", "E,F,I,B,UP"], ["format", "--check"]):
            found = subprocess.run(
                [*ruff, *command, *options, "."], cwd=folder, capture_output=True, text=True, check=False
            )
            assert (found.returncode, name, found.stdout) == (0, name, found.stdout)


CODE = 'def f(x):\n    """Says # this."""\n    y = """a\n\n# b\n"""\n    return (x +\n            1), y\n'
EQUAL = [
    "# first\n\n" + CODE,
    CODE + "\n\n# last\n",
    CODE.replace("return (x +\n", "# why\n    return (x +  # one\n\n    # two\n"),
    CODE.replace("    y", "\n\n        # far in\n    y"),
    CODE.replace("\n", "\r\n"),
]
DIFFERENT = [
    CODE.replace("Says # this.", "Says # that."),
    CODE.replace("# b", "# c"),
    CODE.replace("a\n\n", "a\n"),
    CODE.replace("1)", "2)"),
    CODE + "    # only a comment\n    pass\n",
]


def test_comments_and_blank_lines_are_outside_of_a_hash_and_all_else_is_inside():
    assert [normalised(text) == normalised(CODE) for text in EQUAL] == [True] * len(EQUAL)
    assert [normalised(text) == normalised(CODE) for text in DIFFERENT] == [False] * len(DIFFERENT)
    assert normalised("def f(:\n  # comment\n") == "def f(:\n  # comment\n"
    assert normalised("x = 'unclosed\n# comment\n\n") == "x = 'unclosed\n# comment\n\n" or sys.version_info < (3, 12)


LINES = st.lists(
    st.sampled_from(["# note", "", "    ", "\t# x", "x = 1  # y", "s = '# no'", "t = '''", "'''", "if x:", "    pass"])
)


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_normalised_code_means_the_same(lines):
    text = "\n".join(lines) + "\n"
    try:
        tree = ast.dump(ast.parse(text))
    except SyntaxError:
        return
    assert ast.dump(ast.parse(normalised(text))) == tree
    assert normalised(normalised(text)) == normalised(text)


def test_the_name_of_a_choice_is_outside_of_every_hash():
    as_method = render(TEXT, {"encoder": "mine"}, method("# a copy\n" + BAG))
    built_in = render(TEXT, {"encoder": "bag"}, {})
    assert (as_method.program, as_method.evaluator, as_method.variant) == (
        built_in.program, built_in.evaluator, built_in.variant,
    )  # fmt: skip


def test_the_order_of_a_methods_parameters_is_outside_of_every_hash():
    text = "def build(config, shape, classes):\n    return config.one + config.two\n"
    template = load_template(asset("templates", "image-classification"))
    orders = [{"one": 1, "two": 2}, {"two": 2, "one": 1}]
    found = [render(template, {"model": "mine"}, {"mine": Method("mine", "model", text, order)}) for order in orders]
    assert found[0] == found[1]


def test_a_method_of_another_slot_does_not_stand_in_for_a_choice_of_its_name():
    other = {
        "bag": Method("bag", "model", "def build(config, shape, classes):\n    return config.hidden\n", {"depth": 1})
    }
    assert render(TEXT, {"encoder": "bag"}, other) == render(TEXT, {"encoder": "bag"}, {})
    assert TEXT.read_parameters({"encoder": "bag"}, other) == TEXT.read_parameters({"encoder": "bag"})


def test_an_edit_changes_what_it_should_and_nothing_else(tmp_path):
    def copy(name: str, edit: tuple[str, str, str]) -> tuple[bool, bool, bool]:
        """Which hashes (program, evaluator, variant) are still those of the original after an edit."""
        file, text, instead = edit
        for folder in (TEXT.folder, asset("templates", "shared")):
            for path in folder.rglob("*"):
                target = tmp_path / name / path.relative_to(folder.parent)
                if path.suffix in (".py", ".yaml"):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    whole = path.read_text()
                    edited = path.name == file and text in whole
                    target.write_text(whole.replace(text, instead, 1) if edited else whole)
        found = render(load_template(tmp_path / name / TEXT.name), {}, {})
        original = render(TEXT, {}, {})
        assert found.files != original.files
        return (
            found.program == original.program,
            found.evaluator == original.evaluator,
            found.variant == original.variant,
        )

    assert {name: copy(name, edit) for name, edit in {
        "evaluator": ("evaluate.py", "def main():\n", "def main():\n    print()\n"),
        "trainer": ("train.py", "def main():\n", "def main():\n    print()\n"),
        "comment": ("train.py", "def main():\n", "def main():\n    # what for\n"),
        "description": ("template.yaml", "Passes over", "How often it goes over"),
    }.items()} == {
        "evaluator": (True, False, False),
        "trainer": (False, True, False),
        "comment": (True, True, True),
        "description": (True, True, True),
    }  # fmt: skip


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=60, deadline=None)
def test_no_description_gets_out_of_its_comment(description):
    evil = {**TEXT.parameters, "epochs": dataclasses.replace(TEXT.parameters["epochs"], description=description)}
    found = dict(render(dataclasses.replace(TEXT, parameters=evil), {}, {}).files)["config.py"]
    original = dict(render(TEXT, {}, {}).files)["config.py"]
    assert ast.dump(ast.parse(found)) == ast.dump(ast.parse(original))
    assert normalised(found) == normalised(original)


@pytest.mark.parametrize(
    "text", ["a\nimport os", "a\r\nimport os", "a\rimport os", "{{ 7 * 7 }}", '"""', "a\x00\x0c\u2028b", "x" * 500]
)
def test_descriptions_that_try_to_get_out_stay_comments(text):
    evil = {**TEXT.parameters, "epochs": dataclasses.replace(TEXT.parameters["epochs"], description=text)}
    found = dict(render(dataclasses.replace(TEXT, parameters=evil), {}, {}).files)["config.py"]
    assert normalised(found) == normalised(dict(render(TEXT, {}, {}).files)["config.py"])
    assert max(map(len, found.splitlines())) <= 120
