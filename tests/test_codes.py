"""Every code has a page, and the examples on it are what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.explain import codes, explain
from expc.compiler.reading import compose, imports, load, nodes, syntax, wording
from expc.compiler.reading.site import load_site
from expc.compiler.reading.validate import check_shape

IN_WORDS = {
    "E101": "a file that isn't there, or isn't UTF-8, can't be shown",
    "E102": "a megabyte doesn't fit on a page",
    "E406": "what was edited is no part of a spec",
    "E407": "which specs are named is no part of them",
    "E509": "where a site file is, is no part of a spec",
    **{f"E51{digit}": "a cluster is no part of a spec" for digit in range(1, 9)},
}
EXAMPLES = [code for code in codes() if code not in IN_WORDS]


def section(code: str, title: str) -> str:
    page = explain(code)
    assert page is not None
    return page.partition(f"\n## {title}\n\n")[2].partition("\n## ")[0]


def block(code: str, title: str) -> str:
    match = re.fullmatch(r"(?s).*?```yaml\n(.*?)```\n.*", section(code, title))
    assert match, f"{code}: no yaml block under {title}"
    return match[1]


def found(code: str, title: str, folder: Path) -> set[str]:
    """The codes that the spec of this section gives, beside the files that other blocks hold: ```python mine.py."""
    spec = folder / "spec.yaml"
    spec.write_text(block(code, title), encoding="utf-8")
    for name, text in re.findall(r"(?ms)^```[a-z]+ (\S+)\n(.*?)^```$", section(code, title)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if (folder / "lab.yaml").exists():
        site = load_site(str(folder / "lab.yaml"), folder)
        return {finding.code for finding in check_file(str(spec), site)}
    if code.startswith(("E1", "E2")):
        return {finding.code for finding in check_shape(str(spec))[1]}
    return {finding.code for finding in check_file(str(spec))}


@pytest.mark.parametrize("code", codes())
def test_a_page_has_its_title_and_its_sections_in_order(code: str) -> None:
    page = explain(code)
    assert page is not None
    assert re.match(rf"# {code}: [^\n]+\n", page)
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["What", "Why", "Wrong", "Right"]
    assert all(section(code, title).strip() for title in ("What", "Why", "Wrong", "Right"))


@pytest.mark.parametrize("code", EXAMPLES)
def test_what_a_page_calls_wrong_gives_its_code_alone(code: str, tmp_path: Path) -> None:
    assert found(code, "Wrong", tmp_path) == {code}


@pytest.mark.parametrize("code", EXAMPLES)
def test_what_a_page_calls_right_gives_nothing_at_all(code: str, tmp_path: Path) -> None:
    assert found(code, "Right", tmp_path) == set()


def test_every_code_that_loading_and_validation_can_give_has_a_page() -> None:
    named = {
        code
        for module in (compose, imports, load, nodes, syntax, wording)
        for code in re.findall(r'"(E[12]\d\d)"', Path(str(module.__file__)).read_text(encoding="utf-8"))
    }
    assert {code for code in codes() if code.startswith(("E1", "E2"))} == named


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("E201", "# E201: unknown key\n"),
        (" e201 ", "# E201: unknown key\n"),
        ("E999", None),
        ("../language", None),
        ("", None),
    ],
)
def test_a_code_is_explained_in_any_case_and_nothing_else_is(asked: str, answer: str | None) -> None:
    page = explain(asked)
    assert (page.splitlines(keepends=True)[0] if page else page) == answer
