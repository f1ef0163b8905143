from statistics import fmean, stdev

import pytest

from expc.report.cells import Summary
from expc.report.experiment import Range
from expc.report.numbers import decimals, shared_decimals, shown


def summary(mean: float | None, sd: float | None = None) -> Summary:
    return Summary(mean, sd, 3, 3, ())


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([(0.8123, 0.0061)], ["0.812 ± 0.006"]),
        ([(0.8123, 0.0123)], ["0.812 ± 0.012"]),  # one digit would be coarse
        ([(0.8123, 0.061), (0.7999, 0.0012)], ["0.8123 ± 0.0610", "0.7999 ± 0.0012"]),
        ([(0.81239, None)], ["0.8124"]),
        ([(0.8, 0.0)], ["0.8000 ± 0.0000"]),
        ([(None, None), (0.5, 0.1)], ["", "0.50 ± 0.10"]),
        ([(1234.5678, 0.2)], ["1235 ± 0.2"]),  # a spread isn't shown as none
        ([(1234.5678, 56.7)], ["1235 ± 57"]),
        ([(98.765, 1.23), (7.5, 4.5)], ["98.8 ± 1.2", "7.5 ± 4.5"]),
        ([(12.3, 0.4), (0.0023, 0.0003)], ["12.30 ± 0.40", "0.0023 ± 0.0003"]),
        ([(-0.0001, 0.3)], ["0.0 ± 0.3"]),
        ([(0.0, None)], ["0.000"]),
        ([(999999.0, None), (1000000.0, None)], ["999999", "1e6"]),
        ([(0.001, None)], ["0.001000"]),
        ([(0.5, None), (0.0000123, None)], ["0.5000", "1.2e-5"]),
        ([(-1.5, 0.25)], ["-1.50 ± 0.25"]),
        ([(0.75, 0.7)], ["0.8 ± 0.7"]),
        ([(0.0000123, 0.0000004)], ["1.23e-5 ± 4e-7"]),
        ([(0.0000123, None)], ["1.23e-5"]),
        ([(0.73, None), (1.004, None), (0.9961, None), (342464.25, None)], ["0.730", "1.004", "0.996", "342464"]),
        (
            [(0.73, 0.02), (1.004, 0.01), (0.9, 0.03), (1234.5, 70)],
            ["0.730 ± 0.020", "1.004 ± 0.010", "0.900 ± 0.030", "1234 ± 70"],
        ),
        ([(0.4123, 0.0034), (1e30, None), (3.3333e29, 5.7735e29)], ["0.412 ± 0.003", "1e30", "3.333e29 ± 6e29"]),
    ],
)
def test_numbers_of_a_column_have_the_digits_that_their_spreads_bear(
    column: list[tuple[float | None, float | None]], expected: list[str]
) -> None:
    summaries = [summary(mean, sd) for mean, sd in column]
    assert [shown(one, decimals(summaries)) for one in summaries] == expected


@pytest.mark.parametrize(
    ("cells", "span", "expected"),
    [
        ([(2,), (361,), (0,)], (0, None), ["2", "361", "0"]),
        ([(2, 2, 2), (0, 0, 0)], (None, None), ["2 ± 0", "0 ± 0"]),
        ([(12345,), ()], (None, None), ["12345", ""]),
        ([(-3,), (1e6,)], (None, None), ["-3", "1e6"]),
        ([(2,), (1, 3)], (0, None), ["2.0", "2.0 ± 1.4"]),  # of one column, all are alike
        ([(2,), (2.5,)], (0, None), ["2.000", "2.500"]),
        ([(0,), (1,)], (0, None), ["0", "1"]),
        ([(0,), (1,)], (0, 1), ["0.000", "1.000"]),  # an accuracy is no count
        ([(), ()], (0, None), ["", ""]),
    ],
)
def test_counts_have_no_decimals(cells: list[tuple[float, ...]], span: Range, expected: list[str]) -> None:
    found = [
        Summary(fmean(values) if values else None, stdev(values) if len(values) > 1 else None, len(values), 3, values)
        for values in (tuple(map(float, cell)) for cell in cells)
    ]
    (places,) = shared_decimals([found], span)
    assert [shown(one, places) for one in found] == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([[(0.6438, None)], [(0.69, 0.10)], [(0.62, 0.11)]], [2, 2, 2]),  # without a spread as with one
        ([[(0.955, 0.0028)], [(0.949, 0.004)]], [4, 4]),
        ([[(0.95, 0.0028)], [(3.15, 0.4)]], [3, 3]),
        ([[(0.095, 0.0028)], [(31.5, 4.0)]], [4, 0]),  # other units
        ([[(0.5, 0.01)], [(1e30, None)]], [3, 3]),
        ([[(0.5, 0.01), (0.6, 0.01), (5e5, 1.0)], [(0.7, 0.01), (0.4, 0.01), (2e6, None)]], [3, 3]),  # one diverged
        ([[(None, None)], [(0.5, 0.01)]], [3, 3]),
        ([[(None, None)], []], [3, 3]),
    ],
)
def test_columns_of_one_metric_have_the_same_decimals(
    columns: list[list[tuple[float | None, float | None]]], expected: list[int]
) -> None:
    assert shared_decimals([[summary(*pair) for pair in column] for column in columns]) == expected
