"""A project that is killed at a random moment in, the same results as if nothing had happened out.

The trials count their own starts and completions, in files outside of what expc knows."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

NAME = "survivors"
MOMENTS = 10
SEED = os.environ.get("EXPC_KILL_SEED", "1")  # another one gives other moments
GONE = 60.0  # seconds after which nothing of ours may be left
RUNS = 300.0  # seconds for what takes ten
ANSWERS = ("results.csv", "curves.csv", "tables/main.md", "tables/main.csv")

Make = Callable[[], Any]


@pytest.fixture(scope="module")
def undisturbed(survivors: Make) -> Any:
    """The project, run to its end by a bare `snakemake`."""
    place = survivors()
    place.run("snakemake")
    assert account(place, over=None) == []
    return place


def runner_of(snakemake: subprocess.Popen[str]) -> list[psutil.Process]:
    return [child for child in children(snakemake.pid) if "workflow/runner" in " ".join(child.cmdline()[1:2])]


def trials_of(snakemake: subprocess.Popen[str]) -> list[psutil.Process]:
    """The leaders of trials; evaluations, too, have a trial's folder."""
    found = [child for runner in runner_of(snakemake) for child in children(runner.pid)]
    return [child for child in found if "/results/trials/" in child.cwd()]


def children(parent: int) -> list[psutil.Process]:
    """The children that live; none if the parent has gone."""
    try:
        return [child for child in psutil.Process(parent).children() if child.status() != psutil.STATUS_ZOMBIE]
    except psutil.NoSuchProcess:
        return []


VICTIMS: dict[str, Callable[[Any, subprocess.Popen[str]], list[psutil.Process]]] = {
    "snakemake": lambda place, snakemake: [psutil.Process(snakemake.pid)],
    "runner": lambda place, snakemake: runner_of(snakemake),
    "trial": lambda place, snakemake: trials_of(snakemake)[-1:],
    "all": lambda place, snakemake: place.processes(),
}


@pytest.mark.parametrize("kind", VICTIMS)
def test_what_is_killed_is_finished_by_the_next_start(kind: str, survivors: Make, undisturbed: Any) -> None:
    with ThreadPoolExecutor(2) as two_at_once:
        found = list(two_at_once.map(lambda n: killed(kind, n, survivors(), undisturbed), range(MOMENTS)))
    assert [problem for problem in found if problem] == [], f"EXPC_KILL_SEED={SEED}"


def killed(kind: str, number: int, place: Any, undisturbed: Any) -> str:
    """One moment. What went wrong, in words; nothing if nothing did."""
    chance = random.Random(f"{SEED} {kind} {number}")
    after, wait = chance.randint(0, 9), chance.random()  # of 12: the last two wait, or all could be over by then
    moment = f"{kind}, moment {number}, {wait:.3f} after the {after}th start, in {place.folder}"
    place.hold(10)
    snakemake = place.start("snakemake")
    try:
        await_moment(place, snakemake, kind, after, wait)
        kill(kind, place, snakemake)
        place.release()
        status = snakemake.wait(RUNS)
        assert status == {"snakemake": -9, "runner": 1, "trial": 0, "all": -9}[kind], f"it ended with {status}"
        assert place.left_over(GONE) == []
        assert finished(place, over(place), undisturbed) == []
    except Exception as error:  # noqa: BLE001 - in another thread; told with all others
        return f"{moment}: {type(error).__name__}: {error}"
    finally:
        place.end()
    return ""


def await_moment(place: Any, snakemake: subprocess.Popen[str], kind: str, after: int, wait: float) -> None:
    """So many trials have started, and then some more of the time that a trial takes."""
    if after == 0 and kind in ("snakemake", "all"):
        time.sleep(4 * wait)  # while Snakemake starts, and while code and data are made
        return
    until(lambda: len(place.rows("../starts")) >= after and (after or of_kind("runner", place, snakemake)))
    time.sleep(0.35 * wait)


def kill(kind: str, place: Any, snakemake: subprocess.Popen[str]) -> None:
    """As soon as there is a process of the kind."""
    while not (victims := of_kind(kind, place, snakemake)):
        assert snakemake.poll() is None, "everything was over before the moment came"
        time.sleep(0.005)
    if kind == "all":
        victims = standing_still(place)
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):  # one dies of another's death
            victim.kill()


def standing_still(place: Any) -> list[psutil.Process]:
    """All processes, stopped, so that none is born between our look and our blow."""
    stopped: list[psutil.Process] = []
    while fresh := [process for process in place.processes() if process not in stopped]:
        for process in fresh:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        stopped += fresh
    return stopped


def of_kind(kind: str, place: Any, snakemake: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a kind; none if one of them ends while we look."""
    try:
        return VICTIMS[kind](place, snakemake)
    except psutil.NoSuchProcess:
        return []


# Before a runner: it tells that it is there, and waits.
LATE = """
import os, time

open("../late", "w").close()
while os.path.exists("../hold"):
    time.sleep(0.01)
"""


def test_a_runner_whose_snakemake_dies_before_it_has_begun_never_begins(survivors: Make, undisturbed: Any) -> None:
    place = survivors()
    place.hold(0)
    main = place.folder / "workflow/runner/__main__.py"
    main.write_text(LATE + main.read_text())
    snakemake = place.start("snakemake")
    until(place.folder.parent.joinpath("late").exists)
    snakemake.kill()
    snakemake.wait()
    place.release()
    assert place.left_over(GONE) == []
    assert place.rows("../starts") == []
    assert finished(place, over(place), undisturbed) == []


def test_ctrl_c_ends_everything_and_the_next_start_finishes(survivors: Make, undisturbed: Any) -> None:
    place = survivors()
    place.hold(2)
    snakemake = place.start("snakemake", process_group=0)
    until(lambda: len(place.rows("../starts")) >= 3)
    os.killpg(snakemake.pid, signal.SIGINT)  # what a terminal does
    assert snakemake.wait(GONE) != 0
    assert place.left_over(GONE) == []
    assert len(place.rows("../completions")) <= 2
    place.release()
    assert finished(place, over(place), undisturbed) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_expc_run_takes_all_that_it_started_with_it(number: int, survivors: Make, undisturbed: Any) -> None:
    place = survivors()
    place.hold(2)
    running = place.start("expc", "run", "spec.yaml")
    until(lambda: len(place.rows("../starts")) >= 3)
    os.kill(running.pid, number)  # to it alone
    assert running.wait(GONE) == 130
    assert place.left_over(GONE) == []
    assert len(place.rows("../completions")) <= 2
    place.release()
    assert finished(place, over(place), undisturbed) == []


@pytest.mark.parametrize("after", [0, 1, 6])
def test_two_at_once_do_nothing_twice(after: int, survivors: Make, undisturbed: Any) -> None:
    """Snakemake removes the outputs of what it begins, also if another Snakemake has just made them: one of the two
    may end with an error. Trials are none of its outputs."""
    place = survivors()
    first = place.start("snakemake")
    until(lambda: len(place.rows("../starts")) >= after)
    second = place.start("snakemake")
    ends = {first.wait(RUNS), second.wait(RUNS)}
    assert ends <= {0, 1}
    assert finished(place, None, undisturbed) == []
    assert len(place.rows("../completions")) == len(place.trials(NAME))


def over(place: Any) -> set[str]:
    """The trials that have an outcome now that nothing runs."""
    return {trial["id"] for trial in place.trials(NAME) if place.of(trial["id"], "outcome.json").exists()}


def finished(place: Any, over: set[str] | None, undisturbed: Any) -> list[str]:
    """Let a bare `snakemake` finish. Whatever then differs from the undisturbed run, in words."""
    place.run("snakemake")
    said = place.run("snakemake", "-n")
    problems = [] if "Nothing to be done" in said else [f"something is left to be done:\n{said}"]
    problems += account(place, over)
    for trial in (trial["id"] for trial in place.trials(NAME)):
        if place.measured(trial) != undisturbed.measured(trial):
            problems.append(f"{trial} measured {place.measured(trial)}, undisturbed {undisturbed.measured(trial)}")
    for answer in ANSWERS:
        texts = [one.folder.joinpath("results", NAME, answer).read_bytes() for one in (place, undisturbed)]
        if texts[0] != texts[1]:
            problems.append(f"{answer} is {texts[0]!r}, undisturbed {texts[1]!r}")
    return problems


def account(place: Any, over: set[str] | None) -> list[str]:
    """The trials whose completions, counted outside, are not what their ledgers tell; in words. `over` are those that
    had an outcome when something had been killed; None if nothing was."""
    completions: dict[str, list[int]] = {}
    for row in place.rows("../completions"):
        completions.setdefault(row["trial"], []).append(row["pid"])
    planned = [trial["id"] for trial in place.trials(NAME)]
    strangers = sorted(set(completions) - set(planned))
    return [f"nobody planned {trial}" for trial in strangers] + [
        f"{trial}: {problem}; completed by {completions.get(trial)}, ledger {ledger(place, trial)}"
        for trial in planned
        for problem in surplus(
            completions.get(trial, []), ledger(place, trial), None if over is None else trial not in over
        )
    ]


def surplus(completed_by: list[int], attempts: list[dict[str, Any]], cut: bool | None) -> Iterator[str]:
    """One completion, by the last attempt; another one only by a program that ended before its outcome was written:
    one that was ended itself or, where the trial was `cut` short of its outcome, one that was done. Where nothing was
    killed, `cut` is None."""
    if not completed_by or not attempts:
        yield "never completed"
        return
    last = attempts[-1]
    if (last["pid"], last.get("status"), last.get("final")) != (completed_by[-1], "done", True):
        yield "its last completion is not the one that counts"
    ends = {attempt["pid"]: attempt.get("status") for attempt in attempts}
    earlier = [ends.get(pid, "nobody's") for pid in completed_by[:-1]]
    if (
        (earlier and cut is None)
        or earlier.count("done") > bool(cut)
        or not set(earlier) <= {"done", None, "stopped", "signal"}
    ):
        yield "completed once more although its outcome was written"


def ledger(place: Any, trial: str) -> list[dict[str, Any]]:
    """The attempts of a trial, each with the row of its end, if there is one."""
    attempts: dict[int, dict[str, Any]] = {}
    for row in place.rows("results", "trials", trial, "attempts.jsonl"):
        attempts.setdefault(row["attempt"], {}).update(row)
    return [attempts[number] for number in sorted(attempts)]


def until(found: Callable[[], Any], seconds: float = RUNS) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.005)
