"""Stages and what takes from what, drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from expc.cli.planning.drawn import as_dot, as_mermaid, as_svg
from expc.cli.planning.stages import Arrow, Graph, Stage

from .conftest import Called

CHAIN = """\
expc: 1
name: chain
stages:
  first: {task: {command: "true {x} {seed}"}, seeds: 2, params: {}, reads: [x]}
  second: {task: {command: "true {x} {y} {from.init}"}, from: {init: first.checkpoint}, seeds: 3}
factors: {x: [1, 2], y: [1, 2]}
metrics: {m: {goal: minimize}}
baseline: {x: 1, y: 1}
"""

TEXT = """\
chain: 2 stages, 28 trials

  first
    own program
    x (2)
    4 trials, 2 each
    measures m

  second
    own program
    x (2) × y (2)
    24 trials, 6 each
    measures m
    ↑ init from first
"""


def stage(name: str, *takes: Arrow) -> Stage:
    return Stage(name, 'a "quoted" <task>', {"x": 2}, 2, 4, ("d\\a",), ("also",), ("m",), takes)


ODD = [Graph("odd", (stage("a&b"), stage("c", Arrow("a&b", "left")), stage("d", Arrow("a&b", "up"), Arrow("c", "to"))))]


def test_the_text_of_a_spec_and_of_what_was_compiled(call: Callable[..., Called], tmp_path: Path) -> None:
    (tmp_path / "chain.yaml").write_text(CHAIN)
    assert call("graph")[2].startswith("there is no workflow here")
    assert call("graph", "chain.yaml") == (0, TEXT, "")
    call("compile", "chain.yaml")
    assert call("graph") == (0, TEXT, "")


def test_a_drawing_can_go_into_a_file(call: Callable[..., Called], toy: Path, tmp_path: Path) -> None:
    assert call("graph", "spec.yaml", "--format", "svg", "-o", "toy.svg") == (0, "", "Wrote toy.svg.\n")
    assert (tmp_path / "toy.svg").read_text().startswith("<svg ")


def test_dot_and_mermaid_quote_what_names_hold() -> None:
    assert '"0.a&b" [label="a&b\\na \\"quoted\\" <task>\\nx (2)\\n4 trials, 2 each\\nlearns from d\\\\a' in as_dot(ODD)
    assert '"0.a&b" -> "0.c" [label="left"];' in as_dot(ODD)
    assert 's0_0["a#amp;b<br/>a #quot;quoted#quot; #lt;task#gt;<br/>x (2)<br/>' in as_mermaid(ODD)
    assert 's0_1 -->|"to"| s0_2' in as_mermaid(ODD)


def test_in_the_svg_no_box_covers_another_and_arrows_lead_to_the_right() -> None:
    root = ElementTree.fromstring(as_svg([*ODD, *ODD]))
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        tuple(float(box.get(key, "")) for key in ("x", "y", "width", "height"))
        for box in root.findall(f"{space}rect")
        if box.get("rx")
    ]
    assert len(boxes) == 6
    apart = [
        a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        for n, a in enumerate(boxes)
        for b in boxes[:n]
    ]
    assert all(apart)
    assert max(x + width for x, _, width, _ in boxes) <= float(root.get("width", ""))
    assert max(y + height for _, y, _, height in boxes) <= float(root.get("height", ""))
    paths = [path.get("d", "")[1:].replace("C", "").split() for path in root.findall(f"{space}path")]
    assert len(paths) == 6
    assert all(float(path[0].split(",")[0]) < float(path[-1].split(",")[0]) for path in paths)
    texts = [text.text for text in root.iter(f"{space}text")]
    assert texts.count('a "quoted" <task>') == 6


@pytest.mark.parametrize("form", ["dot", "mermaid", "svg"])
def test_an_experiment_of_one_stage_is_drawn_in_every_form(form: str, call: Callable[..., Called], toy: Path) -> None:
    code, output, error = call("graph", "spec.yaml", "--format", form)
    assert (code, "train" in output, error) == (0, True, "")
