"""Curves that lie on one another: what is drawn and said, so that none is lost."""

import pytest

from expc.report.covered import covered, said
from expc.report.curves import MeanPoint, Series
from expc.report.experiment import read_experiment
from expc.report.figures import draw

FAR = [9.0, 8.0, 7.0]


def curve(level, values, facet="8", steps=(1, 2, 3)):
    points = tuple(MeanPoint(step, value, 0.5, 2) for step, value in zip(steps, values, strict=True))
    return Series((level, facet), (), points, 2, 2)


@pytest.fixture
def figure(project):
    factors = {"encoder": ["a", "b", "c", "d"], "width": ["8", "16"]}
    project.plan([], factors=factors, figures={"curves": project.figure(facet="width")})
    return read_experiment("demo").figures["curves"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([("a", [3, 2, 1]), ("b", FAR), ("c", [3, 2, 1])], ["a and c (width: 8)"]),
        ([("a", [3, 2, 1]), ("b", [3.02, 2, 0.98]), ("c", [3, 2.02, 1]), ("d", FAR)], ["a, b and c (width: 8)"]),
        ([("a", [3, 2, 1]), ("b", [3, 2, 1.3]), ("c", FAR)], []),
        ([("a", [3, 2, 1]), ("b", [3, 2, 1], "16")], []),
        ([("a", [3, 2, 1]), ("b", [3, 2, 1], "8", (1, 2, 4))], []),
        ([("a", [3, 2, 1]), ("b", [3, 2], "8", (1, 2))], []),
        ([("a", [0.5] * 3), ("b", [0.5] * 3)], ["a and b (width: 8)"]),
        ([("a", FAR, "16"), ("b", FAR, "16"), ("c", [3, 2, 1]), ("d", [3, 2, 1])],
         ["a and b (width: 16)", "c and d (width: 8)"]),
        ([("a", [], "8", ()), ("b", [], "8", ())], []),
    ],
)  # fmt: skip
def test_lines_that_lie_on_one_another_are_named(figure, found, expected) -> None:
    sentence = f"Lines that lie on one another, the lower the broader: {'; '.join(expected)}."
    assert list(said(figure, [curve(*one) for one in found])) == ([sentence] if expected else [])


def test_the_lower_is_drawn_broader_so_that_it_shows(figure, project) -> None:
    found = [curve("a", [3, 2, 1]), curve("b", FAR), curve("c", [3, 2, 1]), curve("d", [3, 2, 1])]
    assert [len(group) for group in covered(figure, found)] == [3]
    (panel,) = draw(figure, found, "Below.", read_experiment("demo")).axes
    widths = [line.get_linewidth() for line in panel.get_lines()][::2]
    assert widths == pytest.approx([1.6 + 2 * 2.4, 1.6, 1.6 + 2.4, 1.6])


def test_of_a_single_step_the_lower_points_are_larger(figure, project) -> None:
    found = [curve("a", [0.5], "8", (1,)), curve("b", [0.5], "8", (1,))]
    (panel,) = draw(figure, found, "Below.", read_experiment("demo")).axes
    assert [line.get_markersize() for line in panel.get_lines() if line.get_marker() == "o"] == pytest.approx([5.4, 3])
