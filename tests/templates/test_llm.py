"""What the template that asks language models makes of questions and answers, without a model."""

import importlib.util
import json
import os
import re
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from expc.assets import asset
from expc.compiler.check import check_file
from expc.compiler.templates.template import load_template

FOLDER = asset("templates", "llm-evaluation")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"llm_{name.replace('/', '_')}", FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


CHOICES = ["cow", "cod", "cat"]


def question(answer="cod", choices=None, letter=None):
    return {"id": "7", "question": "Which?", "answer": answer, "choices": choices, "letter": letter}


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("Vienna", "Vienna", ("vienna", "vienna", 1.0)),
        ("  VIENNA.\n", "vienna", ("vienna", "vienna", 1.0)),
        ('"New  York"', "New York", ("new york", "new york", 1.0)),
        ("It is Vienna", "Vienna", ("it is vienna", "vienna", 0.0)),
        (" \n", "Vienna", (None, "vienna", 0.0)),
    ],
)
def test_exact_compares_words(text, answer, expected):
    assert module("scoring/exact").score(None, text, question(answer)) == expected


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("B", "B"), ("b.", None), ("B.", "B"), ("(B)", "B"), ("**B**", "B"), ("B) cod", "B"),
        ("The answer is B.", "B"), ("Answer: (C)", "C"), ("answer = **A**", "A"),
        ("It might be A. But no: the answer is C", "C"),
        ("A cow is no fish.\nAnswer: B", "B"), ("Let me think.\n\nB", "B"),
        ("I think of the cod.", "B"), ("cow or cod", None), ("D", None), ("", None), ("I don't know", None),
        ("A cod, of course.", "B"), ("Answer: A cod", "B"), ("A is right", "A"), ("A\nBecause it is.", "A"),
        ("An education in codes", None), ("A CAT!", "C"),
    ],
)  # fmt: skip
def test_choice_reads_the_letter_that_is_said_to_be_the_answer(text, read):
    found = module("scoring/choice").score(None, text, question(choices=CHOICES, letter="B"))
    assert found == (read, "B", float(read == "B"))


@pytest.mark.parametrize(
    ("text", "answer", "tolerance", "expected"),
    [
        ("42", "42", 1e-6, (42.0, 42.0, 1.0)),
        ("First 3, then 4: it makes 1,234.5.", "1234.5", 1e-6, (1234.5, 1234.5, 1.0)),
        ("#### -7", "so many words #### -7", 1e-6, (-7.0, -7.0, 1.0)),
        ("−7", "-7", 1e-6, (-7.0, -7.0, 1.0)),
        ("about 3.1", "3.14", 0.05, (3.1, 3.14, 1.0)),
        ("about 3.1", "3.14", 0.001, (3.1, 3.14, 0.0)),
        ("between 10-12", "12", 1e-6, (12.0, 12.0, 1.0)),
        ("7 - 10 is -3", "-3", 1e-6, (-3.0, -3.0, 1.0)),
        ("1e3", "1000", 1e-6, (1000.0, 1000.0, 1.0)),
        ("none", "0", 1e-6, (None, 0.0, 0.0)),
    ],
)
def test_numeric_reads_the_last_number(text, answer, tolerance, expected):
    config = SimpleNamespace(tolerance=tolerance)
    assert module("scoring/numeric").score(config, text, question(answer)) == expected


@pytest.mark.parametrize(
    ("scoring", "said"),
    [
        ("choice", "question 7 has no choices; take another scoring, or name them under columns"),
        ("numeric", "question 7: its answer 'cod' holds no number; take another scoring"),
    ],
)
def test_a_scoring_that_does_not_fit_the_questions_says_so(scoring, said):
    with pytest.raises(SystemExit) as end:
        module(f"scoring/{scoring}").score(None, "x", question())
    assert end.value.code == said


@pytest.mark.parametrize(
    ("prompt", "choices", "expected"),
    [
        (None, None, "Which {choices}?"),
        (None, CHOICES, "Which {choices}?\nA. cow\nB. cod\nC. cat"),
        ("Q: {question}\nA:\n", None, "Q: Which {choices}?\nA:"),
        ("Q: {question} of {choices}!", CHOICES, "Q: Which {choices}? of A. cow\nB. cod\nC. cat!"),
        ('{"q": "{question}"} {other}', None, '{"q": "Which {choices}?"} {other}'),
    ],
)
def test_a_prompt_is_filled_in_once_and_keeps_its_other_braces(prompt, choices, expected):
    config = SimpleNamespace(prompt=prompt, system=None)
    asked = {**question(choices=choices), "question": "Which {choices}?"}
    made = module("benchmark").messages
    assert made(config, asked) == [{"role": "user", "content": expected}]
    with_system = SimpleNamespace(prompt=prompt, system="Be brief.\n")
    assert made(with_system, asked)[0] == {"role": "system", "content": "Be brief."}


def test_an_answer_is_found_again_by_all_that_was_asked(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EXPC_CACHE_DIR", str(tmp_path))
    cache = module("cache")
    one, other = {"model": "m", "seed": 0}, {"seed": 1, "model": "m"}
    assert cache.remembered(one) is None
    assert cache.remember(one, {"text": "a"}) == {"text": "a"}
    assert (cache.remembered({"seed": 0, "model": "m"}), cache.remembered(other)) == ({"text": "a"}, None)
    assert cache.remember(one, {"text": "b"}) == {"text": "a"}, "the first stays"
    (file,) = tmp_path.rglob("*.json")
    assert json.loads(file.read_text()) == {"request": one, "answer": {"text": "a"}}
    for torn in ("", '{"answer"', "[]"):
        file.write_text(torn)
        assert cache.remembered(one) is None
        assert cache.remember(one, {"text": torn}) == {"text": torn}
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_of_many_writers_at_once_all_go_by_one(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EXPC_CACHE_DIR", str(tmp_path))
    cache = module("cache")
    start, got = threading.Barrier(16), []

    def write(number: int) -> None:
        start.wait()
        got.append(cache.remember({"model": "m"}, {"text": str(number)})["text"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(got) == {cache.remembered({"model": "m"})["text"]}
    assert len(list(tmp_path.rglob("*.*"))) == 1


def test_without_links_the_cache_works_all_the_same(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EXPC_CACHE_DIR", str(tmp_path))

    def no_links(*_: str) -> None:
        raise PermissionError

    cache = module("cache")
    monkeypatch.setattr(os, "link", no_links)
    assert cache.remember({"model": "m"}, {"text": "a"}) == {"text": "a"}
    assert cache.remember({"model": "m"}, {"text": "b"}) == {"text": "a"}


PAGE = (asset("templates").parent / "docs" / "llm-evaluation.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", PAGE)


def test_the_page_shows_a_spec_that_compiles_and_a_method_that_fits(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec, metrics = blocks("yaml")
    (questions,), (method,) = blocks("json"), blocks("python")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "steps.txt").write_text("Think step by step. {question}\n")
    (tmp_path / "sums.jsonl").write_text(questions)
    (tmp_path / "capitals.csv").write_text("question,A,B,C,D,answer\nOf Peru?,Lima,Cusco,Ica,Puno,A\n")
    (tmp_path / "yes_or_no.py").write_text(method)
    mine = "methods: {yes-or-no: {slot: scoring, file: yes_or_no.py}}\n"
    spec = spec.replace("metrics: [score, cost]\n", metrics) + mine.replace("yes-or-no", "yes_or_no")
    (tmp_path / "spec.yaml").write_text(spec.replace("scoring: choice", "scoring: yes_or_no"))
    assert [str(found) for found in check_file("spec.yaml")] == []


def test_the_page_names_the_parameters_and_metrics_with_their_defaults() -> None:
    template = load_template(FOLDER)
    rows = dict(re.findall(r"^\| (`[^|]*`)(?: \(default\))? \| *([^|]*?) *\|", PAGE, re.MULTILINE))
    named = {name: said for names, said in rows.items() for name in re.findall(r"`(\w+)`", names)}
    defaults = {name: "null" if p.default is None else str(p.default) for name, p in template.parameters.items()}
    assert {name: named[name] for name in defaults} == {**defaults, "model": ""}
    assert set(template.metrics) | set(template.slots["scoring"].choices) | set(defaults) == set(named) - {"scoring"}
