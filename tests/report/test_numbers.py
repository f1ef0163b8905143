import pytest

from expc.report.cells import Summary
from expc.report.numbers import decimals, shown


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
        ([(999999.0, None), (1000000.0, None)], ["999999", "1e+06"]),
        ([(0.001, None)], ["0.001000"]),
        ([(0.5, None), (0.0000123, None)], ["0.5000", "1.2e-05"]),
        ([(-1.5, 0.25)], ["-1.50 ± 0.25"]),
        ([(0.75, 0.7)], ["0.8 ± 0.7"]),
        ([(0.0000123, 0.0000004)], ["1.23e-05 ± 4e-07"]),
        ([(0.0000123, None)], ["1.23e-05"]),
    ],
)
def test_numbers_of_a_column_have_the_digits_that_their_spreads_bear(
    column: list[tuple[float | None, float | None]], expected: list[str]
) -> None:
    summaries = [summary(mean, sd) for mean, sd in column]
    assert [shown(one, decimals(summaries)) for one in summaries] == expected
