"""The curves of an experiment in, a figure of them as SVG and PNG out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, nan
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, MaxNLocator

from expc.errors import ExpcError, nearest
from expc.report.captions import caption
from expc.report.cells import Levels, sorted_keys
from expc.report.covered import covered
from expc.report.curves import MeanPoint, Series, runs, series
from expc.report.experiment import Experiment, Figure, read_experiment
from expc.report.reach import reach
from expc.whole import replacing

# Okabe and Ito's colours, which the colour-blind tell apart, less the yellow, which is lost on white paper.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (2, 1, 2, 3)))
MARKERS = ("", "o", "s", "^", "D", "v")
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.parse_math": False,  # a level's name may hold a $
    "svg.hashsalt": "expc",  # else every file has ids of its own
}
PANEL, SINGLE = (2.5, 2.0), (4.2, 2.8)  # inches of a panel, among others and alone
LINE = 0.17  # inches of a line of the legend, which is the taller, or of the caption
PER_INCH = 20  # characters of the caption
LABEL = 48  # characters of a line of the legend
ENDLESS = (-inf, inf)
MANY = 10_000  # steps, from which on they are written as 10k
RIM, RIMS = 2.4, 4  # points that a line is broader for each that lies on it, and for how many of them
BESIDE = 26  # a legend whose lines are shorter stands beside the panels, else below


def figures(name: str, figure: str) -> Path:
    """Draw a figure of the experiment `name` as figures/<figure>.svg and .png, and return the PNG's path."""
    experiment = read_experiment(name)
    if figure not in experiment.figures:
        raise ExpcError(f"{name} has no figure {figure!r}: {nearest(figure, experiment.figures)}")
    asked = experiment.figures[figure]
    shown = runs(asked, experiment)
    found = series(asked, shown, experiment)
    path = experiment.folder / "figures" / f"{figure}.png"
    with mpl.rc_context():
        mpl.rcdefaults()  # the user's own settings would give other bytes
        mpl.rcParams.update(STYLE)
        drawing = draw(asked, found, caption(asked, found, shown, experiment), experiment)
        with replacing(path.with_suffix(".svg")) as new:
            drawing.savefig(new, format="svg", metadata={"Date": None, "Creator": None})
        with replacing(path) as new:
            drawing.savefig(new, format="png", dpi=200, metadata={"Software": None})
    return path


def draw(figure: Figure, found: Sequence[Series], below: str, experiment: Experiment) -> Drawing:
    """The series as lines with bands: a colour for each level, a panel for each facet, and the text `below`."""
    key = Key(figure.color or "", _labels(figure, found, experiment))
    facets = _levels(figure, figure.facet, found, experiment)
    drawing, panels = _canvas(len(facets), key, below)
    axis = _axis(found, reach(figure, found))
    above = {id(one): len(group) - place for group in covered(figure, found) for place, one in enumerate(group, 1)}
    for one in found:
        panel = panels[facets.index(_level(figure, figure.facet, one))]
        style = key.style(_level(figure, figure.color, one))
        points = [_within(point, axis) for point in one.points]
        _line(panel, points, one.n, style, broader=RIM * min(above.get(id(one), 0), RIMS))
        _arrow(panel, one, axis, style)
    for panel in panels if axis != ENDLESS else ():
        panel.set_ylim(*axis)
    across = _across(len(facets))
    for place, (facet, panel) in enumerate(zip(facets, panels, strict=True)):
        panel.set_title(fill(f"{figure.facet}: {facet}", LABEL * 3 // 4) if figure.facet else "")
        panel.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
        if any(one.points and one.points[-1].step >= MANY for one in found):  # 80000 and 120000 would touch
            panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        if place % across == 0:
            panel.set_ylabel(f"{figure.split} {figure.y}".replace("_", " "))
        if place + across >= len(facets):  # nothing stands below it
            panel.set_xlabel(figure.label)
            panel.tick_params(labelbottom=True)
    return drawing


@dataclass(frozen=True)
class Key:
    """The legend: a label for each level of the factor that has the colour; none if no factor has it."""

    title: str
    labels: Mapping[str, str]

    @property
    def beside(self) -> bool:
        return self._longest <= BESIDE

    @property
    def lines(self) -> int:
        lines = sum(label.count("\n") + 1 for label in self.labels.values())
        return lines + 1 if lines else 0

    @property
    def _longest(self) -> int:
        return max((len(line) for label in self.labels.values() for line in label.splitlines()), default=0)

    def style(self, level: str) -> dict[str, Any]:
        number = list(self.labels).index(level) if self.labels else 0
        rounds, color = divmod(number, len(COLORS))
        marks, dash = divmod(rounds, len(DASHES))
        marker = MARKERS[marks % len(MARKERS)]
        return {"color": COLORS[color], "linestyle": DASHES[dash], "marker": marker, "markersize": 3}


def _canvas(count: int, key: Key, below: str) -> tuple[Drawing, list[Axes]]:
    """An empty drawing with so many panels, the legend and the text below it."""
    across = _across(count)
    down = ceil(count / across)
    width, height = (PANEL[0] * across, PANEL[1] * down) if count > 1 else SINGLE
    width += 1.4 if key.labels and key.beside else 0
    text = fill(below, int(PER_INCH * width))
    height = max(height, LINE * key.lines) if key.beside else height + LINE * key.lines
    height += LINE * (text.count("\n") + 1)
    drawing = Drawing(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawing)
    panels = list(drawing.subplots(down, across, sharex=True, sharey=True, squeeze=False).flat)
    for spare in panels[count:]:
        spare.remove()
    drawing.supxlabel(text, x=0.01, ha="left", fontsize=6.5, color="#555555")
    _legend(drawing, key)
    return drawing, panels[:count]


def _across(count: int) -> int:
    return 2 if count == 4 else min(count, 3)


def _legend(drawing: Drawing, key: Key) -> None:
    if not key.labels:
        return
    handles = [Line2D([], [], linewidth=1.6, **key.style(level)) for level in key.labels]
    legend = drawing.legend(
        handles,
        ["" for _ in handles],
        title=key.title,
        loc="outside right upper" if key.beside else "outside upper left",
        handlelength=2.8,
    )
    for text, label in zip(legend.get_texts(), key.labels.values(), strict=True):
        text.set_text(label)  # one that begins with an underscore would be left out of a legend
    legend.set_alignment("left")


def _line(panel: Axes, points: Sequence[MeanPoint], n: int, style: Mapping[str, Any], *, broader: float) -> None:
    """The mean and a band around it; where not all of the `n` replicates arrived, a thin line without a band."""
    steps, whole = [point.step for point in points], [point.n == n for point in points]
    if len(points) == 1:  # no line to be seen
        spread = None if points[0].sd is None else [points[0].sd]
        mean, size, color = points[0].mean, 3 + broader, style["color"]
        panel.errorbar(steps, [mean], spread, fmt="o", markersize=size, capsize=2 + broader, color=color)
        return
    # What lies between a step that all reached and one that not all did is thin.
    thin = [not all(whole[max(0, place - 1) : place + 2]) for place in range(len(points))]
    for width, drawn in ((1.6, whole), (0.6, thin)):
        means = [point.mean if here else nan for point, here in zip(points, drawn, strict=True)]
        panel.plot(steps, means, linewidth=width + broader, **style)
    band = [here and point.sd is not None for point, here in zip(points, whole, strict=True)]
    low, high = ([point.mean + sign * (point.sd or 0) for point in points] for sign in (-1, 1))
    panel.fill_between(steps, low, high, where=band, color=style["color"], alpha=0.16, linewidth=0)


def _axis(found: Sequence[Series], limit: float) -> tuple[float, float]:
    """The ends of the axis; none if it has room for all."""
    if limit == inf:
        return ENDLESS
    near = [point for one in found for point in one.points if abs(point.mean) <= limit]
    low, high = (f(point.mean + sign * (point.sd or 0) for point in near) for sign, f in ((-1, min), (1, max)))
    low, high = max(low, -limit), min(high, limit)
    margin = 0.05 * (high - low or abs(high) or 1)
    return low - margin, high + margin


def _within(point: MeanPoint, axis: tuple[float, float]) -> MeanPoint:
    """What leaves the axis is drawn to a little beyond it: a file with a line to 1e30 can't be shown by all viewers."""
    if axis == ENDLESS or axis[0] <= point.mean <= axis[1]:
        return point
    beyond = axis[1] - axis[0]
    return point._replace(mean=min(max(point.mean, axis[0] - beyond), axis[1] + beyond), sd=None)


def _arrow(panel: Axes, one: Series, axis: tuple[float, float], style: Mapping[str, Any]) -> None:
    """At the edge that a series leaves the axis by, where it first does."""
    for up, marker in ((True, "^"), (False, "v")):
        gone = [point.step for point in one.points if (point.mean > axis[1] if up else point.mean < axis[0])]
        if gone:
            where = panel.get_xaxis_transform()  # steps across, parts of the axis upwards
            panel.plot(gone[:1], [float(up)], marker=marker, color=style["color"], transform=where, clip_on=False)


def _labels(figure: Figure, found: Sequence[Series], experiment: Experiment) -> dict[str, str]:
    if figure.color is None:
        return {}
    labels = {}
    for level in _levels(figure, figure.color, found, experiment):
        counts = {(one.n, one.of) for one in found if _level(figure, figure.color, one) == level}
        labels[level] = fill(f"{level} ({_count(counts)})", LABEL)
    return labels


def _count(counts: set[tuple[int, int]]) -> str:
    """`n` of one level in all panels: n=3, n=2/3, n=2–3/3."""
    few, many = min(n for n, _ in counts), max(n for n, _ in counts)
    of = max(of for _, of in counts)
    n = str(few) if few == many else f"{few}–{many}"
    return f"n={n}" if all(n == of for n, of in counts) else f"n={n}/{of}"


def _levels(figure: Figure, factor: str | None, found: Sequence[Series], experiment: Experiment) -> list[str]:
    if factor is None:
        return [""]
    met: dict[Levels, Series] = {(_level(figure, factor, one),): one for one in found}
    return [level for (level,) in sorted_keys(met, [factor], experiment)] or [""]


def _level(figure: Figure, factor: str | None, one: Series) -> str:
    return "" if factor is None else one.levels[figure.by.index(factor)]
