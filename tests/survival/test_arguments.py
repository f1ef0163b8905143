"""Values that a shell, a template engine or an option parser would change in, the same values in the program out."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expc.runner.own import arguments

# Names that nobody would give, and values that somebody once had.
TEXTS = {
    "quotes": """it's "quoted" `and` ''""",
    "lines": "two\nlines, and an end\r\n",
    "shell": "$(touch injected) ${HOME} $HOME; touch injected | cat > injected &",
    "jinja": "{{ 1 + 1 }} {% raw %} {# gone #}",
    "braces": "{args} {seed} {{seed}} {wildcards.name} }{",
    "unicode": "naïve – 東京 😀 e\u0301 \u2028 \u00a0",
    "dash": "-rf --help=1",
    "nothing": "",
    "blanks": "  two  \t",
    "pattern": "* ? [a-z] ~ !",
    "backslashes": "\\n \\\\ %s %(seed)s \\",
    "number": "1e-3",
    "word": "no",
    "null_word": "null",
    "yaml": "- a: &b *c # no comment",
    "html": "<script>alert(1)</script> | a | b |",
}
OTHERS = {"list": ["a b", "'", '"', 1, 2.5, True, None], "truth": True, "small": 1e-05, "big": 10**15, "absent": None}
LEVELS = {
    """it's "{{ x }}" $(touch injected) – 東京 | {seed}""": {"chosen": "{}"},
    "-rf *": {"chosen": "\n"},
}
FOLDER = """it's "a" {project} – 東京 $(touch injected) %s {{ x }} & more"""

PROGRAM = """
import json, os, sys
outside = os.path.join(os.environ["EXPC_TRIAL_DIR"], "../../../..")
with open(os.path.join(outside, "argv-" + os.path.basename(os.environ["EXPC_TRIAL_DIR"])), "w") as file:
    json.dump(sys.argv[1:], file)
with open("rows.json", "w") as file:
    json.dump({"score": 0.5}, file)
"""
COMMAND = """python3 "my program.py" {args} 'one {quotes} word' {{seed}} --dash={dash} {seed}"""


@pytest.mark.slow
def test_every_text_reaches_the_program_unchanged_and_harms_nothing(place: Callable[[str], Any]) -> None:
    project = place(FOLDER)
    project.folder.joinpath("my program.py").write_text(PROGRAM)
    spec = {
        "expc": 1,
        "name": "texts",
        "question": " ".join(TEXTS.values()),
        "task": {"command": COMMAND, "results": {"file": "rows.json"}},
        "factors": {"level": LEVELS},
        "params": {**TEXTS, **OTHERS},
        "seeds": [3],
        "metrics": {"score": {"goal": "maximize"}},
        "baseline": {"level": next(iter(LEVELS))},
        "tables": {"main": {"rows": "level"}},
    }
    # JSON is YAML, but for the line separator, which must be escaped.
    text = json.dumps(spec, ensure_ascii=False).replace("\u2028", "\\u2028")
    project.folder.joinpath("a spec's {file}.yaml").write_text(text, encoding="utf-8")
    project.run("expc", "compile", "a spec's {file}.yaml")
    project.run("snakemake")
    project.run("expc", "plan", "--detailed-exitcode", "a spec's {file}.yaml")
    assert "Nothing to be done" in project.run("snakemake", "-n")

    received = {}
    for trial in project.trials("texts"):
        with project.folder.parent.joinpath(f"argv-{trial['id']}").open() as file:
            received[trial["condition"]["level"]] = json.load(file)
    parts = {level: (sorted(found[:-4]), found[-4:]) for level, found in received.items()}
    wanted = {level: expected(**values) for level, values in LEVELS.items()}
    assert parts == {level: (sorted(found[:-4]), found[-4:]) for level, found in wanted.items()}
    assert sorted(path.name for path in project.folder.rglob("injected*")) == []
    assert [row["factor.level"] for row in collected(project)] == list(LEVELS)
    table = project.folder.joinpath("results/texts/tables/main.md").read_text(encoding="utf-8")
    assert sum(line.startswith("|") for line in table.splitlines()) == 2 + len(LEVELS)
    project.run("expc", "tables")


def expected(chosen: str) -> list[str]:
    others = ['--list=["a b", "\'", "\\"", 1, 2.5, true, null]', "--truth=true", "--small=1e-05", f"--big={10**15}"]
    texts = [f"--{name}={text}" for name, text in {**TEXTS, "chosen": chosen}.items()]
    return [*texts, *others, "--seed=3", f"one {TEXTS['quotes']} word", "{seed}", f"--dash={TEXTS['dash']}", "3"]


def collected(project: Any) -> list[dict[str, str]]:
    import csv

    with project.folder.joinpath("results/texts/results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(max_examples=150, deadline=None)
@given(values=st.dictionaries(st.sampled_from(["a", "b-c", "d.e"]), words, min_size=1))
def test_any_text_is_one_argument_of_the_process(values: dict[str, str]) -> None:
    command = ["printf", r"%s\0", "{args}", *(f"<{{{name}}}>" for name in values)]
    given = arguments(command, {"params": values, "seed": 7}, {})
    said = subprocess.run(given, capture_output=True, check=True, env={"PATH": os.environ["PATH"]}).stdout
    wanted = [*(f"--{name}={text}" for name, text in values.items()), "--seed=7"]
    wanted += [f"<{text}>" for text in values.values()]
    assert said.decode().split("\0") == [*wanted, ""]
    assert not Path("injected").exists()
