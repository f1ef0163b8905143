"""What an editor with the yaml-language-server shows of a spec: completions, explanations, mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.meaning.completed import completed_schema
from expc.compiler.reading.validate import check_shape

from .conftest import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INVALID = sorted((ROOT / "tests/specs/invalid").glob("E2*.yaml"))
VALID = sorted([*ROOT.glob("tests/specs/valid/*.yaml"), *ROOT.glob("examples/*/*.yaml")])
# What the server sees otherwise, by the lines that it flags.
OTHERWISE = {
    "E201_merged": {6},  # what comes by a merge or an alias is flagged where it is written, not where it is used
    "E203_merged_value": {6},
    "E203_by_alias": {6},
    "E201_misspelt_and_required": {1, 2},  # and a key that is misspelt is missing, too
    "E203_number_with_a_point": set(),  # to JavaScript, 5.0 is 5
    "E205_repeated": {7, 8, 10, 11},  # it doesn't compare lists in a list
}
FLAGGED = {
    "yaml_of_all_kinds": {17, 21},  # it takes `<<` inside braces for a key
    "derived_and_imported": {11, 12},  # it reads nothing that a spec imports, such as the task
}
TEXTS = "# yaml-language-server: $schema=texts.json\nexpc: 1\nname: x\ntask: text-classification\n"


@pytest.fixture(scope="module")
def editor(server: Server) -> Server:
    """Whose folder has the language's schema and that of a template."""
    (server.folder / "spec.json").write_text(completed_schema(None, Path()), encoding="utf-8")
    (server.folder / "texts.json").write_text(completed_schema("text-classification", Path()), encoding="utf-8")
    return server


def test_every_key_of_a_spec_is_offered_with_what_it_is(editor: Server) -> None:
    found = editor.completed("keys.yaml", "# yaml-language-server: $schema=spec.json\nexpc: 1\n|\n")
    assert {"name", "task", "data", "factors", "params", "seeds", "metrics", "tables"} <= set(found)
    assert found["seeds"].startswith("How often every condition is repeated")


@pytest.mark.parametrize(
    ("rest", "labels"),
    [
        ("params:\n  |\n", {"encoder", "lr", "filter_widths", "dataset"}),
        ("factors:\n  |\n", {"encoder", "lr", "filter_widths", "dataset"}),
        ("factors:\n  width:\n    wide:\n      |\n", {"encoder", "lr", "hidden"}),
        ("params:\n  optimizer: |\n", {"sgd", "adam", "adamw", "rmsprop", "adagrad"}),
        ("params:\n  encoder: |\n", {"bag", "cnn", "bilstm", "transformer"}),
        ("factors:\n  encoder:\n    - |\n", {"bag", "cnn", "bilstm", "transformer"}),
        ("metrics:\n  - |\n", {"accuracy", "f1_macro", "loss", "validation.loss"}),
        ("on_failure: |\n", {"report", "stop"}),
    ],
)
def test_parameters_choices_and_metrics_are_offered(editor: Server, rest: str, labels: set[str]) -> None:
    assert labels <= set(editor.completed(f"offer{abs(hash(rest))}.yaml", TEXTS + rest))


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("se|eds: 3\n", "How often every condition is repeated"),
        ("params:\n  filter_wi|dths: [3]\n", "How many words the filters see at a time."),
        ("params:\n  encoder: cn|n\n", "Convolutions of several widths"),
    ],
)
def test_what_the_pointer_is_on_is_explained(editor: Server, rest: str, words: str) -> None:
    assert words in editor.hovered(f"hover{abs(hash(rest))}.yaml", TEXTS + rest)


@pytest.mark.parametrize("spec", INVALID, ids=lambda path: path.stem)
def test_mistakes_of_shape_are_flagged_on_the_lines_that_expc_check_names(editor: Server, spec: Path) -> None:
    text = spec.read_text(encoding="utf-8")
    ours = {finding.line for finding in check_shape(str(spec))[1]}
    theirs = editor.problems(spec.name, f"# yaml-language-server: $schema=spec.json\n{text}")
    assert {line - 1 for line in theirs} == OTHERWISE.get(spec.stem, ours)


@pytest.mark.parametrize("spec", VALID, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_is_flagged_in_a_spec_that_compiles(editor: Server, spec: Path) -> None:
    lines = spec.read_text(encoding="utf-8").splitlines()
    rest = [line for line in lines if "yaml-language-server" not in line]
    text = "\n".join(["# yaml-language-server: $schema=spec.json", *rest]) + "\n"
    found = editor.problems(f"valid-{spec.parent.name}-{spec.name}", text)
    assert {line - 1 for line in found} == FLAGGED.get(spec.stem, set()), found


@pytest.mark.parametrize("spec", sorted(ROOT.glob("examples/*/*.yaml")), ids=lambda path: path.parent.name)
def test_the_first_line_of_an_example_names_a_schema_that_is_there(spec: Path) -> None:
    first = spec.read_text(encoding="utf-8").partition("\n")[0]
    start = "# yaml-language-server: $schema="
    assert first.startswith(start)
    assert (spec.parent / first.removeprefix(start)).is_file()
