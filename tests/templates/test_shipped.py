"""What a template declares, held against its code."""

import ast
import random
import re

import pytest
from sklearn.metrics import f1_score

from expc.assets import asset
from expc.compiler.templates.method import method_reads
from expc.compiler.templates.template import load_template, template_names

TEMPLATES = [load_template(asset("templates", name)) for name in template_names()]
IDS = [template.name for template in TEMPLATES]


def reads(path) -> set[str]:
    """Every X of a `config.X` in a file, wherever it stands."""
    found = re.findall(r"\bconfig\.(\w+)", path.read_text())
    return set(found) - {"seed", "data", "inputs"}


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
def test_a_choice_reads_what_read_by_says(template):
    for slot in template.slots.values():
        shared = set(template.parameters) - {p.name for p in template.parameters.values() if slot.name in p.read_by}
        for choice in slot.choices:
            declared = {p.name for p in template.parameters.values() if choice in p.read_by.get(slot.name, ())}
            found = method_reads((template.folder / slot.name / f"{choice}.py").read_text())
            assert found is not None
            assert found - shared == declared, choice


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
def test_every_parameter_is_read_and_nothing_else_is(template):
    always = {p.name for p in template.parameters.values() if not set(p.read_by) & set(template.slots)}
    shared = [*template.folder.glob("*.py"), *(asset("templates", "shared", name) for name in template.shared)]
    by_all = set.union(*map(reads, shared))
    assert by_all <= always
    for slot in template.slots.values():
        # What only choices read must be read by each of them, or `read_by` has to say by which.
        by_choices = [reads(template.folder / slot.name / f"{choice}.py") for choice in slot.choices]
        assert always - by_all <= set.intersection(*by_choices)


def program(template):
    """The training program: the template's own, or the shared one."""
    own = template.folder / template.train
    return own if own.exists() else asset("templates", "shared", template.train)


@pytest.mark.parametrize("template", [t for t in TEMPLATES if t.selects], ids=[t.name for t in TEMPLATES if t.selects])
def test_the_program_ranks_metrics_as_the_template_declares(template):
    assigned = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(program(template).read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("SELECTS", "SMALLER_IS_BETTER")
    }
    assert assigned["SELECTS"] == template.selects
    assert set(assigned["SMALLER_IS_BETTER"]) == {m.name for m in template.metrics.values() if m.goal == "minimize"}


def test_f1_is_that_of_scikit_learn(trial):
    chance = random.Random(0)
    cases = [
        [[chance.randrange(classes) for _ in range(size)] for _ in range(2)] + [classes]
        for size, classes in [(1, 2), (7, 3), (50, 5), (50, 60)]
    ]
    made = trial("images", "mlp")
    (made.code / "ask.py").write_text(
        "import json\nimport torch\nfrom train import f1_macro\n"
        f"for predicted, truth, classes in {cases}:\n"
        "    print(f1_macro(torch.tensor(predicted), torch.tensor(truth), classes))\n"
    )
    assert made.run("ask.py") == 0, made.log()
    expected = [f1_score(truth, predicted, average="macro", zero_division=0) for predicted, truth, _ in cases]
    assert [float(line) for line in made.log().splitlines()] == pytest.approx(expected, abs=1e-12)
