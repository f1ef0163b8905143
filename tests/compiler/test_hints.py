"""What other tools write in, the hint that names what is written here out."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from expc.assets import asset
from expc.compiler.check import check_file
from expc.compiler.checks.metrics import likely

METRICS = ("accuracy", "f1_macro", "loss")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("val_loss", "validation.loss"),
        ("valid_accuracy", "validation.accuracy"),
        ("validation_loss", "validation.loss"),
        ("dev-f1", "validation.f1_macro"),
        ("train_loss", "train.loss"),
        ("training/acc", "train.accuracy"),
        ("test_acc", "accuracy"),
        ("eval_loss", "loss"),
        ("acc", "accuracy"),
        ("val_bleu", ""),
        ("valuable", ""),
        ("", ""),
    ],
)
def test_metrics_as_other_tools_call_them_are_known(written: str, meant: str) -> None:
    assert likely(written, METRICS) == meant


def said(folder: Path, text: str) -> list[str]:
    """Code, message and hint of each finding."""
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    return [f"{one.code} {one.message} / {one.hint}" for one in check_file(str(folder / "spec.yaml"))]


OWN = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {validation.loss: {goal: minimize}, accuracy: {goal: maximize}}
factors: {numeric: [true, false]}
baseline: {numeric: true}
"""


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("val_loss", "write validation.loss; allowed: validation.loss, accuracy"),
        ("test_accuracy", "write accuracy; allowed: validation.loss, accuracy"),
        ("f1", "add it to `metrics`, which has validation.loss, accuracy"),
    ],
)
def test_a_table_of_an_own_program_is_told_which_of_its_metrics_is_meant(
    tmp_path: Path, metric: str, hint: str
) -> None:
    text = OWN + f"tables: {{main: {{rows: numeric, metric: {metric}}}}}\n"
    assert said(tmp_path, text) == [f"E301 stage 'train' does not report the metric {metric!r} / {hint}"]


QUESTIONS = """\
expc: 1
name: prompts
task: llm-evaluation
data: {sums: {source: questions, file: sums.jsonl}}
params: {model: openai/mine, api_base: "http://127.0.0.1:8000/v1", prompt: asked.txt}
environment: {network: host}
"""


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("Answer {{ question }}", "{{ question }}"),
        ("Answer { question }", "{ question }"),
        ("Answer <question>.", "<question>"),
        ("Answer $question.", "$question"),
        ("Answer %(question)s.", "%(question)s"),
        ("Answer {{-question-}}", "{{-question-}}"),
        ("Answer {{question|upper}}", "{{question|upper}}"),
        ("Answer {{ question | trim }}", "{{ question | trim }}"),
        ("Answer {question!r}", "{question!r}"),
        ("Answer {question:>20}", "{question:>20}"),
        ("Answer {Question}", "{Question}"),
        ("Answer {qestion}", "{qestion}"),
        ("Answer {questions}", "{questions}"),
    ],
)
def test_a_placeholder_of_another_tool_is_named(tmp_path: Path, prompt: str, found: str) -> None:
    (tmp_path / "sums.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n')
    (tmp_path / "asked.txt").write_text(prompt)
    assert said(tmp_path, QUESTIONS) == [f"E353 'asked.txt' lacks {{question}} / it has {found}: write {{question}}"]


@pytest.mark.parametrize(
    ("prompt", "sent", "found", "blanks"),
    [
        ("Answer {{question}}!", "Answer {1 + 1?}!", ("{{question}}", "{…}"), "{ {question} }"),
        ("Answer {{{question}}}!", "Answer {{1 + 1?}}!", ("{{{question}}}", "{{…}}"), "{{ {question} }}"),
        ("Answer ${question}!", "Answer $1 + 1?!", ("${question}", "$…"), "$ {question}"),
        ("Answer { {question} }, {this}!", "Answer { 1 + 1? }, {this}!", None, ""),
        ("Answer $ {question}", "Answer $ 1 + 1?", None, ""),
        ("Solve ${question}$.", "Solve $1 + 1?$.", None, ""),
        ('Answer {"q": "{question}"}', 'Answer {"q": "1 + 1?"}', None, ""),
        ("[{question}] <{question}>", "[1 + 1?] <1 + 1?>", None, ""),
    ],
)
def test_a_placeholder_within_that_of_another_tool_would_leave_its_signs(
    tmp_path: Path, prompt: str, sent: str, found: tuple[str, str] | None, blanks: str
) -> None:
    """`sent` is what the template would make of it."""
    (tmp_path / "sums.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n')
    (tmp_path / "asked.txt").write_text(prompt)
    benchmark = runpy.run_path(str(asset("templates", "llm-evaluation", "benchmark.py")))
    config = SimpleNamespace(prompt=prompt, system=None)
    (message,) = benchmark["messages"](config, {"question": "1 + 1?", "choices": None})
    assert message["content"] == sent
    assert [line for line in said(tmp_path, QUESTIONS) if line.startswith("E")] == [
        f"E353 'asked.txt' has {whole}, of which {left} would stay around what stands for {{question}} / "
        f"write {{question}}; if {left} is meant, put blanks between: {blanks}"
        for whole, left in filter(None, [found])
    ]


@pytest.mark.parametrize(
    ("prompt", "found", "hint"),
    [
        ("{question} {choice}", "{choice}", "write {choices}; if {choice} is meant, put blanks into it"),
        ("{question} {Choices} {choices}", "{Choices}", "write {choices}; if {Choices} is meant, put blanks into it"),
        ("{question} {questions}", "{questions}", "write {question}; if {questions} is meant, put blanks into it"),
        ("{question} {{ choices }}", "{{ choices }}", "write {choices}; if {{ choices }} is meant, put blanks into it"),
        ("{question} $choices", "$choices", "write {choices}; if $choices is meant, put blanks into it"),
        ("{question} %(choices)s", "%(choices)s", "write {choices}; if %(choices)s is meant, put blanks into it"),
        ("{question} { choice }, { choices }, { { choices } }, {x}, {answer}, {options}", "", ""),
        ("{question} Answer as \\boxed{Choices}, {choices: [A]} or { choices: [A] }.", "", ""),
        ("{question} Let $choices$ be $n$, and {{x}} a set.", "", ""),
        ("{question} \\text{choice} \\frac{1}{Choice} x_{questions}", "", ""),
        ("<question>{question}</question> <choices>{choices}</choices> [choices]", "", ""),
        ("{question} <choices> and so on", "", ""),
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_told(tmp_path: Path, prompt: str, found: str, hint: str) -> None:
    (tmp_path / "sums.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n')
    (tmp_path / "asked.txt").write_text(prompt)
    expected = [f"E353 'asked.txt' has {found}, for which nothing is filled in / {hint}"] if found else []
    assert [line for line in said(tmp_path, QUESTIONS) if line.startswith("E")] == expected


def test_a_placeholder_in_the_file_of_another_parameter_is_told(tmp_path: Path) -> None:
    (tmp_path / "sums.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n')
    (tmp_path / "asked.txt").write_text("{question}")
    (tmp_path / "told.txt").write_text("Choose one of {choices}.")
    spec = QUESTIONS.replace("prompt: asked.txt", "prompt: asked.txt, system: told.txt")
    message = "'told.txt' has {choices}, for which nothing is filled in here / {choices} is for the file of `prompt`"
    assert [line for line in said(tmp_path, spec) if line.startswith("E")] == [f"E353 {message}"]


@pytest.mark.parametrize(
    ("compute", "hint"),
    [
        ("f1", "write f1_macro, or f1_micro or f1_weighted"),
        ("auroc", "write roc_auc"),
        ("exact_match", "write accuracy: the share of predictions that are the label"),
        ("accurracy", "did you mean 'accuracy'?"),
    ],
)
def test_what_is_computed_from_predictions_has_other_names_elsewhere(tmp_path: Path, compute: str, hint: str) -> None:
    text = OWN.replace("metrics: ", f"metrics: {{score: {{from: predictions, compute: {compute}}}}}  # ")
    (found,) = [line for line in said(tmp_path, text) if line.startswith("E204")]
    assert found.partition(" / ")[2].startswith(hint)


CROSSED = """\
expc: 1
name: digits
task: image-classification
data: {digits: {source: sklearn}}
factors: {dropout: [0, 0.5], model: [mlp, cnn]}
baseline: {dropout: 0, model: mlp}
exclude:
"""
EXCLUDED = (
    "E311 no condition is the baseline: {{{}}} under `exclude`, in line {}, leaves it out / name another baseline, or"
)


@pytest.mark.parametrize(
    ("entries", "line", "hint"),
    [
        (["dropout: 0"], 8, "say in that entry what else must hold, such as `{model: cnn, dropout: 0}`"),
        (["dropout: 0.5, model: cnn", "dropout: 0, model: [mlp, cnn]"], 9, "remove that entry"),
        (["model: mlp, dropout: 0"], 8, "remove that entry"),
    ],
)
def test_the_entry_that_leaves_out_the_baseline_is_named(
    tmp_path: Path, entries: list[str], line: int, hint: str
) -> None:
    (found,) = said(tmp_path, CROSSED + "".join(f"  - {{{entry}}}\n" for entry in entries))
    assert found.startswith(EXCLUDED.format(entries[-1], line)), found
    assert found.endswith(hint)
