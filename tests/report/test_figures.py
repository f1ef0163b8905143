import math

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure as Drawing

from expc.errors import ExpcError
from expc.report.collect import collect
from expc.report.curves import MeanPoint, Series
from expc.report.experiment import read_experiment
from expc.report.figures import draw, figures

POINTS = (MeanPoint(1, 4.0, 1.0, 2), MeanPoint(2, 3.0, 1.0, 2), MeanPoint(3, 1.0, None, 1), MeanPoint(4, 0.5, None, 1))


def drawn(project, found: list[Series], **figure: object) -> Drawing:
    levels = list(dict.fromkeys(one.levels[0] for one in found if one.levels)) or ["bag"]
    facets = list(dict.fromkeys(one.levels[1] for one in found if len(one.levels) > 1))
    factors = {"encoder": levels, "width": facets}
    project.plan([], factors=factors, figures={"curves": project.figure(**figure)})
    experiment = read_experiment("demo")
    return draw(experiment.figures["curves"], found, "Below.", experiment)


def lines(drawing: Drawing) -> list[list[tuple[float, list[float | None]]]]:
    """For each panel, the width and the values (None: not drawn) of each line."""
    return [
        [(line.get_linewidth(), [None if math.isnan(y) else y for y in line.get_ydata()]) for line in panel.get_lines()]
        for panel in drawing.axes
    ]


def test_where_not_every_run_arrived_the_line_is_thin_and_has_no_band(project) -> None:
    drawing = drawn(project, [Series(("bag",), (), POINTS, 2, 2)])
    assert lines(drawing) == [[(1.6, [4.0, 3.0, None, None]), (0.6, [None, 3.0, 1.0, 0.5])]]
    (band,) = drawing.axes[0].collections
    corners = {tuple(corner) for path in band.get_paths() for corner in path.vertices.tolist()}
    assert corners == {(1.0, 3.0), (1.0, 5.0), (2.0, 2.0), (2.0, 4.0)}


def test_axes_panels_and_legend_are_labelled_in_words(project) -> None:
    found = [
        Series((level, f), (), POINTS, n, 2) for level in ("_bag", "a$b$") for n, f in ((1, "8"), (2, "16"), (2, "32"))
    ]
    y = {"split": "validation", "name": "f1_macro"}
    drawing = drawn(project, found, facet="width", y=y)
    panels = [(panel.get_title(), panel.get_xlabel(), panel.get_ylabel()) for panel in drawing.axes]
    assert panels == [
        ("width: 8", "epoch", "validation f1 macro"),
        ("width: 16", "epoch", ""),
        ("width: 32", "epoch", ""),
    ]
    (legend,) = drawing.legends
    assert legend.get_title().get_text() == "encoder"
    assert [text.get_text() for text in legend.get_texts()] == ["_bag (n=1–2/2)", "a$b$ (n=1–2/2)"]
    assert drawing.get_supxlabel() == "Below."


def test_no_two_levels_look_the_same(project) -> None:
    found = [Series((f"e{n}",), (), POINTS, 2, 2) for n in range(40)]
    (legend,) = drawn(project, found).legends
    looks = [(line.get_color(), str(line._dash_pattern), line.get_marker()) for line in legend.get_lines()]
    assert (len(set(looks)), len({color for color, *_ in looks[:6]})) == (40, 6)


def test_a_single_step_is_a_point_with_its_spread(project) -> None:
    drawing = drawn(project, [Series((), (), (MeanPoint(1, 0.5, 0.25, 2),), 2, 2)], color=None)
    ((container,), legends) = drawing.axes[0].containers, drawing.legends
    assert [bar.get_segments()[0].tolist() for bar in container[2]] == [[[1.0, 0.25], [1.0, 0.75]]]
    assert legends == []


def test_a_figure_is_the_same_bytes_whatever_the_users_settings(project) -> None:
    factors = {"encoder": ["bag", "<b> & co", "x" * 60]}
    trials = [project.trial(f"t{n}{m}", level, m) for n, level in enumerate(factors["encoder"]) for m in range(2)]
    project.plan(trials, factors=factors, figures={"curves": project.figure()})
    for n, trial in enumerate(trials):
        project.finish(trial["id"], [("loss", 1 / (step + n), "validation", step) for step in range(1, 9)])
    collect("demo")
    made = []
    for size in (10, 30):
        with mpl.rc_context({"font.size": size, "savefig.dpi": 30}):
            png = figures("demo", "curves")
            assert mpl.rcParams["font.size"] == size
        made.append((png.read_bytes(), png.with_suffix(".svg").read_bytes()))
    assert made[0] == made[1]
    png_bytes, svg = made[0]
    assert (png_bytes[:8], b"Software" in png_bytes, b"<dc:date>" in svg, b"Matplotlib" in svg) == (
        b"\x89PNG\r\n\x1a\n",
        False,
        False,
        False,
    )
    assert max(len(png_bytes), len(svg)) < 300_000
    assert sorted(path.name for path in png.parent.iterdir()) == ["curves.png", "curves.svg"]


def test_a_figure_that_is_not_there_is_named_with_those_that_are(project) -> None:
    project.plan([], factors={"encoder": ["bag"]}, figures={"curves": project.figure()})
    with pytest.raises(ExpcError) as caught:
        figures("demo", "curve")
    assert str(caught.value) == "demo has no figure 'curve': did you mean 'curves'? allowed: curves"


@pytest.mark.parametrize(
    ("last", "shown"),
    [(200_000, ["0", "40k", "80k", "120k", "160k", "200k"]), (4_000, ["0", "800", "1600", "2400", "3200", "4000"])],
)
def test_many_steps_are_written_shortly_so_that_they_do_not_touch(project, last: int, shown: list[str]) -> None:
    points = (MeanPoint(0, 1.0, None, 1), MeanPoint(last, 0.5, None, 1))
    drawing = drawn(project, [Series(("bag",), (), points, 1, 1)], color=None, facet=None)
    drawing.draw_without_rendering()
    (panel,) = drawing.axes
    assert [label.get_text() for label in panel.get_xticklabels() if 0 <= label.get_position()[0] <= last] == shown
