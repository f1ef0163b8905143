"""Curves that diverge: how far the axis goes, and what is said and drawn of those that leave it."""

import math

import pytest

from expc.report.curves import MeanPoint, Series
from expc.report.experiment import read_experiment
from expc.report.figures import draw
from expc.report.reach import reach, said


def curve(level, values, facet="8"):
    points = tuple(MeanPoint(step, value, 0.5, 2) for step, value in enumerate(values, 1))
    return Series((level, facet), (), points, 2, 2)


@pytest.fixture
def figure(project):
    factors = {"encoder": ["a", "b", "c"], "width": ["8", "16"]}
    project.plan([], factors=factors, figures={"curves": project.figure(facet="width")})
    return read_experiment("demo").figures["curves"]


SANE = [2.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([curve("a", SANE), curve("b", [4.0, 2.0, 1.0])], math.inf),
        ([curve("a", SANE), curve("b", [2.0, 1e30, 1e30])], 4.0),
        ([curve("a", [8.0, 1.0, 1.0]), curve("b", [2.0, 1e30, 1e30])], 8.5),
        ([curve("a", SANE), curve("b", [2.0, 50.0, 1e9]), curve("c", [7.0, 1.0, 1.0])], 7.5),
        ([curve("a", SANE), curve("b", [1e30, 1e30, 1e30])], 4.0),
        ([curve("a", [2.0, 1.0, 1e30, 1e30])], 4.0),  # alone, it is judged by its beginning
        ([curve("a", [10.0, 1e-3, 1e-5, 1e-7, 1e-9])], math.inf),  # what falls far doesn't leave
        ([curve("a", [1e-4, 0.5, 0.6, 0.7])], math.inf),  # nor what rises from next to nothing
        ([curve("a", [0.0, 0.0]), curve("b", [0.0, 1.0])], math.inf),
        ([curve("a", SANE), curve("b", [9000.0, 8000.0], facet="16")], math.inf),  # another unit, in its own panel
        ([curve("a", []), curve("b", SANE)], math.inf),
        ([], math.inf),
    ],
)
def test_the_axis_has_room_for_the_curves_that_stay(figure, found, expected):
    assert reach(figure, found) == expected


def test_what_leaves_is_named_with_how_far_it_goes_and_marked_where_it_does(project, figure):
    found = [curve("a", SANE), curve("b", [2.0, -1e30, 1.0]), curve("c", [3.0, 3e12, 1e13], facet="16")]
    found += [curve("a", SANE, facet="16"), curve("b", [2.0, 1.0, 1.0], facet="16")]
    assert list(said(figure, found)) == [
        "Beyond the axis, with an arrow: b (width: 8), first at epoch 2, as far as -1e30; "
        "c (width: 16), first at epoch 2, as far as 1e13."
    ]
    drawing = draw(figure, found, "Below.", read_experiment("demo"))
    (low, high), other = drawing.axes[0].get_ylim(), drawing.axes[1].get_ylim()
    assert (low, high) == other
    assert -4.1 < low < 0 < high < 4.1
    for panel, marker, edge in ((drawing.axes[0], "v", 0.0), (drawing.axes[1], "^", 1.0)):
        (arrow,) = [line for line in panel.get_lines() if line.get_marker() == marker]
        assert (list(arrow.get_xdata()), list(arrow.get_ydata()), arrow.get_clip_on()) == ([2], [edge], False)
    drawn = [y for panel in drawing.axes for line in panel.get_lines() for y in line.get_ydata() if not math.isnan(y)]
    assert max(map(abs, drawn)) < 20  # no file has a line to 1e30


def test_of_many_that_leave_some_are_named(figure):
    found = [curve(f"e{n}", SANE) for n in range(9)] + [curve(f"d{n}", [1e30]) for n in range(6)]
    (words,) = said(figure, found)
    assert words.count("as far as") == 4
    assert words.endswith("as far as 1e30; and 2 more.")
