"""What all tests stand on: signals as in a terminal, and an order in which the longest files come first.

Two workers take file after file (`make test-slow`), so that what begins last must not be what takes longest."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = [
    "survival/test_killed.py",
    "survival/test_same_numbers.py",
    "examples/test_sst2.py",
    "examples/test_folds.py",
    "test_pre_commit.py",
    "runner/test_python38.py",
    "workflow/test_what_runs_again.py",
    "workflow/test_what_runs_again_in_stages.py",
    "docs/test_walked.py",
    "test_readme.py",
    "test_wheel.py",
]
PLACES = {HERE / name: place for place, name in enumerate(LONGEST)}


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """A shell's background jobs ignore SIGINT, `nohup` has SIGHUP ignored, and so would all that tests start."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    assert [str(path) for path in PLACES if not path.is_file()] == []
    items.sort(key=lambda item: PLACES.get(item.path, len(PLACES)))
