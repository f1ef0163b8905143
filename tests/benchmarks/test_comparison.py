"""Measurements become lines of the results."""

import pytest

from benchmarks.comparison import ratio, size, table
from benchmarks.timing import BenchmarkError, in_turns, run


def test_a_ratio_is_of_medians_and_its_spread_of_turns():
    found = ratio("ours", "theirs", ours=[1.0, 3.0, 2.0], baseline=[4.0, 4.0, 8.0], reach=0.4)
    assert (found.value, found.spread, found.reached) == (0.5, (0.25, 0.75), False)


def test_a_table_says_what_was_reached():
    lines = [
        ratio("fast", "slow", ours=[1.0], baseline=[4.0], reach=0.3),
        ratio("slow", "fast", ours=[120.0], baseline=[12.0], reach=1.5),
        size("memory", peaks=[300.0, 280.0, 310.0], reach=400),
    ]
    assert table(lines) == (
        "| what | against | ours | baseline | found | reach | reached |\n"
        "|---|---|---|---|---|---|---|\n"
        "| fast | slow | 1.00 s | 4.00 s | 0.25× (0.25 to 0.25) | ≤ 0.3× | yes |\n"
        "| slow | fast | 120 s | 12.0 s | 10.00× (10.00 to 10.00) | ≤ 1.5× | **no** |\n"
        "| memory | – | 300 MB | – | 300 MB (280 to 310) | ≤ 400 MB | yes |"
    )


def test_measures_are_taken_in_turns():
    taken = []

    def measure(name):
        taken.append(name)
        return f"{name}{len(taken)}"

    found = in_turns(2, lambda: measure("ours"), lambda: measure("theirs"))
    assert (taken, found) == (["ours", "theirs"] * 2, (["ours1", "ours3"], ["theirs2", "theirs4"]))


def test_the_cost_of_a_command_has_that_of_its_children(tmp_path):
    burn = "import time; n = time.process_time() + 0.2\nwhile time.process_time() < n: pass"
    cost = run(["python", "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"], tmp_path)
    assert cost.wall > 0.2
    assert 0.2 < cost.cpu < 2
    assert cost.peak > 5


def test_a_command_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(BenchmarkError, match="exit status 3:\nno such luck"):
        run(["python", "-c", "import sys; print('no such luck'); sys.exit(3)"], tmp_path)
