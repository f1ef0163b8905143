"""Stages in, a drawing of them out: text for a terminal, DOT, Mermaid, or SVG that needs no other program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

import rich_click as click

from expc.cli.planning.stages import Graph, Stage
from expc.cli.words import count


def as_text(graphs: Sequence[Graph]) -> str:
    return "\n".join(f"{_titled(graph)}\n{''.join(map(_paragraph, graph.stages))}" for graph in graphs)


def _titled(graph: Graph) -> str:
    return click.style(f"{graph.name}: {count(len(graph.stages), 'stage')}, {count(graph.trials, 'trial')}", bold=True)


def _paragraph(stage: Stage) -> str:
    arrows = [f"    ↑ {arrow.name} from {arrow.source}\n" for arrow in stage.takes]
    said = [f"    {line}\n" for line in stage.lines]
    return f"\n  {click.style(stage.name, bold=True)}\n{''.join([*said, *arrows])}"


def as_dot(graphs: Sequence[Graph]) -> str:
    """One cluster for each experiment."""
    lines = ["digraph expc {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for number, graph in enumerate(graphs):
        lines += [f"  subgraph cluster_{number} {{", f"    label={json.dumps(graph.name)};"]
        for stage in graph.stages:
            label = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in (stage.name, *stage.lines))
            lines.append(f'    {_node(number, stage.name)} [label="{label}"];')
        for stage in graph.stages:
            for arrow in stage.takes:
                source, target = _node(number, arrow.source), _node(number, stage.name)
                lines.append(f"    {source} -> {target} [label={json.dumps(arrow.name)}];")
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _node(number: int, stage: str) -> str:
    return json.dumps(f"{number}.{stage}")


def as_mermaid(graphs: Sequence[Graph]) -> str:
    lines = ["flowchart LR"]
    for number, graph in enumerate(graphs):
        places = {stage.name: f"s{number}_{place}" for place, stage in enumerate(graph.stages)}
        lines.append(f'  subgraph g{number}["{_entities(graph.name)}"]')
        for stage in graph.stages:
            label = "<br/>".join(map(_entities, (stage.name, *stage.lines)))
            lines.append(f'    {places[stage.name]}["{label}"]')
        for stage in graph.stages:
            lines += [
                f'    {places[arrow.source]} -->|"{_entities(arrow.name)}"| {places[stage.name]}'
                for arrow in stage.takes
            ]
        lines.append("  end")
    return "\n".join([*lines, ""])


def _entities(text: str) -> str:
    """As Mermaid wants it in quotes: `#quot;` and its kin."""
    marks = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "&": "#amp;"}
    return "".join(marks.get(letter, letter) for letter in text)


FONT, LINE, PAD, GAP = 13, 18, 12, 90
"""Pixels: of letters, from line to line, around the text of a box, and between columns."""

BETWEEN = 24
WIDE = 0.6
"""The width of a letter, at most, as a part of its height."""


class _Box(NamedTuple):
    stage: Stage
    x: float
    y: float
    width: float
    height: float


def as_svg(graphs: Sequence[Graph]) -> str:
    """The experiments one below the other; in each, a stage stands to the right of all that it takes from."""
    parts: list[str] = []
    top, right = float(PAD), 0.0
    for graph in graphs:
        parts.append(_words(PAD, top + FONT, f"{graph.name}: {count(graph.trials, 'trial')}", bold=True))
        boxes = _placed(graph, top + LINE + PAD)
        parts += [line for stage in graph.stages for line in _arrows(boxes[stage.name], boxes)]
        parts += [line for box in boxes.values() for line in _box(box)]
        top = max(box.y + box.height for box in boxes.values()) + BETWEEN
        right = max(right, *(box.x + box.width for box in boxes.values()), PAD + _width(graph.name) + 12 * FONT)
    size = f'width="{right + PAD:.0f}" height="{top:.0f}" viewBox="0 0 {right + PAD:.0f} {top:.0f}"'
    style = f'font-family="Helvetica, Arial, sans-serif" font-size="{FONT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    marker = (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#444"/></marker></defs>'
    )
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, marker, ground, *parts, "</svg>", ""])


def _placed(graph: Graph, top: float) -> dict[str, _Box]:
    depths = _depths(graph)
    boxes: dict[str, _Box] = {}
    x = float(PAD)
    for depth in sorted(set(depths.values())):
        column = [stage for stage in graph.stages if depths[stage.name] == depth]
        width = max(max(map(_width, (stage.name, *stage.lines))) for stage in column) + 2 * PAD
        y = top
        for stage in column:
            height = LINE * (1 + len(stage.lines)) + 2 * PAD - (LINE - FONT)
            boxes[stage.name] = _Box(stage, x, y, width, height)
            y += height + BETWEEN
        longest = max((_width(arrow.name) for stage in graph.stages for arrow in stage.takes), default=0.0)
        x += width + max(float(GAP), longest + 2 * PAD)
    return boxes


def _depths(graph: Graph) -> Mapping[str, int]:
    """How many arrows lead to a stage, at most; what is taken from stands first in a plan."""
    depths: dict[str, int] = {}
    for stage in graph.stages:
        depths[stage.name] = 1 + max((depths[arrow.source] for arrow in stage.takes), default=-1)
    return depths


def _arrows(box: _Box, boxes: Mapping[str, _Box]) -> Iterator[str]:
    for number, arrow in enumerate(box.stage.takes, 1):
        source = boxes[arrow.source]
        x1, y1 = source.x + source.width, source.y + source.height / 2
        x2, y2 = box.x, box.y + box.height * number / (len(box.stage.takes) + 1)
        middle = (x1 + x2) / 2
        path = f"M{x1:.0f},{y1:.0f} C{middle:.0f},{y1:.0f} {middle:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
        yield f'<path d="{path}" fill="none" stroke="#444" stroke-width="1.2" marker-end="url(#head)"/>'
        # near its end: two arrows from one stage part there
        yield _words(x2 - PAD - _width(arrow.name), y2 - 5, arrow.name, colour="#444")


def _box(box: _Box) -> Iterator[str]:
    shape = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
    yield f'<rect {shape} rx="6" fill="#f4f6fa" stroke="#3b5b92"/>'
    for number, line in enumerate((box.stage.name, *box.stage.lines)):
        y = box.y + PAD + FONT - 2 + number * LINE
        yield _words(box.x + PAD, y, line, bold=number == 0, colour="#000" if number == 0 else "#333")


def _words(x: float, y: float, text: str, *, bold: bool = False, colour: str = "#000") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}"{weight}>{escape(text)}</text>'


def _width(text: str) -> float:
    """An estimate, rather too wide: what reads the drawing has its own letters."""
    cells = sum(1.7 if east_asian_width(letter) in "WF" else 1.0 for letter in text)
    return cells * FONT * WIDE
