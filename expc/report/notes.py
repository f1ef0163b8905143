"""What a table or figure shows in, the sentences that stand below it out: what was averaged, fixed, selected, lost."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from expc.report.cells import Levels, Placed, grouped
from expc.report.experiment import ON, Experiment, View
from expc.runner import outcome

# The runner isn't typed, for old Pythons' sake: here is what it gives.
_outcome_file: Callable[[str], str] = outcome.outcome_file
_evaluation_file: Callable[[str, str], str] = outcome.evaluation_file
_stated: Callable[[str, str], dict[str, Any] | None] = outcome.stated

CAUSES = 8  # that are named one by one
LEVELS = 8
LENGTH = 160  # of a cause, in characters


def reduced(view: View, placed: Sequence[Placed], experiment: Experiment) -> Iterator[str]:
    """What was done with the factors that the view doesn't show."""
    if view.average:
        fewer = _fewer(view, placed)
        unless = f"; not all of these levels are planned for {listed(fewer)}" if fewer else ""
        yield f"Averaged over {listed([_levels(factor, placed, experiment) for factor in view.average])}{unless}."
    if view.at:
        yield f"Fixed: {', '.join(f'{factor} = {level}' for factor, level in view.at.items())}."
    if ON in view.by:
        yield f"{ON} is the data set measured on."
    elif ON not in view.named and len({one.levels[ON] for one in placed}) > 1:
        yield "Each trial is measured on the data set that it learned from."


def selection(view: View, metric: str, chosen: Mapping[Levels, Levels]) -> str:
    """What was selected, and for what; `chosen` has the view's levels, those of `on` aside."""
    uses: dict[Levels, list[str]] = {}
    for key, levels in chosen.items():
        uses.setdefault(levels, []).append(" ".join(key))
    said = [(", ".join(levels), ", ".join(users)) for levels, users in uses.items()]
    one, none = f"{said[0][0]} everywhere" if said else "", "none, for want of values"
    each = one if len(said) == 1 else "; ".join(f"{levels} for {users}" for levels, users in said)
    return f"Selected by the best mean of {metric}: {', '.join(view.select)} = {each or none}."


def losses(statuses: Mapping[str, str], lost: Iterable[str], experiment: Experiment) -> Iterator[str]:
    """How many of the trials (status by id) were `lost`, and why."""
    total = len(statuses)
    by_status = _by_status(statuses, lost)
    causes = Counter(_cause(_stated(_outcome_file(trial), trial)) for trial in by_status.get("failed", ()))
    yield from _counted(causes, total, "failed")
    if "cancelled" in by_status:
        yield f"{_of(by_status['cancelled'], total)} cancelled: what it takes from failed."
    if "missing" in by_status:
        yield f"{_of(by_status['missing'], total)} not finished."
    if "done" in by_status:
        yield from _counted(Counter(_untold(set(by_status["done"]), experiment)), total, "done, without a value")


def counts(statuses: Mapping[str, str], lost: Iterable[str]) -> Iterator[str]:
    """How many of the trials (status by id) were `lost`, in one sentence."""
    words = {"failed": "failed", "cancelled": "cancelled", "missing": "not finished", "done": "done without a value"}
    by_status = _by_status(statuses, lost)
    said = [f"{len(by_status[status])} {word}" for status, word in words.items() if status in by_status]
    if said:
        yield f"Of {len(statuses)} trials: {', '.join(said)}."


def holes(runs: Iterable[tuple[int, int]]) -> Iterator[str]:
    """What n of N means, by an example: `runs` are those counted and those planned of each cell or curve."""
    short = sorted({(n, of) for n, of in runs if n < of}, reverse=True)
    for n, of in short[:1]:
        yield f"n={n}/{of}: the mean is over {n} of {of} runs." if n else f"n=0/{of}: none of {of} runs has a value."


def listed(words: Sequence[str]) -> str:
    """a, b and c"""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _levels(factor: str, placed: Sequence[Placed], experiment: Experiment) -> str:
    met = {one.levels[factor] for one in placed}
    levels = [level for level in experiment.factors.get(factor, sorted(met)) if level in met]
    return f"{factor} ({', '.join(levels) if len(levels) <= LEVELS else f'{len(levels)} levels'})"


def _fewer(view: View, placed: Sequence[Placed]) -> list[str]:
    """What is averaged over fewer levels than others are, and so doesn't compare with them."""
    levels = {key: len(grouped(members, view.average)) for key, members in grouped(placed, view.by).items()}
    return [" ".join(key) for key, count in levels.items() if count < max(levels.values())]


def _by_status(statuses: Mapping[str, str], lost: Iterable[str]) -> dict[str, list[str]]:
    by_status: dict[str, list[str]] = {}
    for trial in lost:
        by_status.setdefault(statuses[trial], []).append(trial)
    return by_status


def _counted(causes: Counter[str], total: int, what: str) -> Iterator[str]:
    for cause, count in causes.most_common(CAUSES):
        yield f"{count} of {total} trials {what}: {cause}"
    rest = sum(count for _, count in causes.most_common()[CAUSES:])
    if rest:
        yield f"{rest} of {total} trials {what}, of {len(causes) - CAUSES} other causes."


def _of(trials: Sequence[str], total: int) -> str:
    return f"{len(trials)} of {total} trials {'is' if len(trials) == 1 else 'are'}"


def _untold(trials: set[str], experiment: Experiment) -> Iterator[str]:
    """Why trials that are done have no value."""
    for trial in experiment.planned():
        if trial["id"] in trials:
            tests = (_stated(_evaluation_file(trial["id"], test), test) for test, *_ in trial["evaluate"])
            failed = next((test for test in tests if test and test["status"] == "failed"), None)
            yield f"the evaluation failed: {_cause(failed)}" if failed else "none was measured, or it was not finite"


def _cause(found: Mapping[str, Any] | None) -> str:
    cause = (found or {}).get("cause") or {}
    said = ": ".join(str(cause[part]) for part in ("kind", "detail") if cause.get(part)) or "no cause is known"
    line = " ".join(said.split())
    return line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"
