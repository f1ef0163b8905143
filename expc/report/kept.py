"""Trials in, those whose results were kept across an accepted change, or that take from such, with the reasons out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from expc.report.experiment import Experiment
from expc.report.left import accepted

SIGN = "‡"
BELOW = " (in what they take from)"


def kept(trials: Iterable[str], experiment: Experiment) -> dict[str, str]:
    """The reasons of those that have one, by their ids. What learned from such a trial was never trained as the plan
    says it, even if it ran itself."""
    above = _above(experiment) if experiment.seed_stages else {}
    found: dict[str, str] = {}

    def why(trial: str) -> str:
        if trial not in found:
            inherited = (reason.removesuffix(BELOW) for source in above.get(trial, ()) if (reason := why(source)))
            found[trial] = accepted(trial) or next((reason + BELOW for reason in inherited), "")
        return found[trial]

    return {trial: reason for trial in dict.fromkeys(trials) if (reason := why(trial))}


def footnotes(reasons: Mapping[str, str], of: int) -> Iterator[str]:
    """What stands below a table of so many trials."""
    for because, number in Counter(reasons.values()).items():
        yield f"{SIGN} {number} of {of} trials keep results from before an accepted change: {because}"


def _above(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    """What each trial takes from."""
    return {trial["id"]: tuple(source for source, _ in trial["from"].values()) for trial in experiment.planned()}
