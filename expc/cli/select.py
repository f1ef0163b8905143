"""Words of a command line in, the trials that they mean out: `9f31`, or `encoder=cnn seed=0`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from expc.cli.tally import Line
from expc.errors import ExpcError, nearest

STAGE, SEED, FOLD = "stage", "seed", "fold"


def select(words: Iterable[str], trials: Mapping[str, Line]) -> list[Line]:
    """Those whose id begins with one of the words; and those that have what all words `name=value` say, where a name
    is a factor, `stage`, `seed`, `fold`, or `seed.<stage>` of what a trial takes from. Values of one name are
    alternatives.

    Every word must mean a trial. Without words there are none."""
    words = list(words)
    if "" in words:  # of a shell's variable that isn't set; every id begins with it
        raise ExpcError("an empty word names no trial; name one by its id, or by what it has")
    prefixes = [word for word in words if "=" not in word]
    wanted: dict[str, list[str]] = {}
    for word in words:
        if "=" in word:
            name, _, value = word.partition("=")
            wanted.setdefault(name, []).append(value)
    for prefix in prefixes:
        if not any(identity.startswith(prefix) for identity in trials):
            raise ExpcError(_no_such(prefix, trials))
    _check(wanted, trials)
    tests = [_test(name, values) for name, values in wanted.items()]
    found = [trial for trial in trials.values() if tests and all(test(trial) for test in tests)]
    if tests and not found:
        raise ExpcError(f"no trial has {' and '.join(word for word in words if '=' in word)} together")
    named = [trial for identity, trial in trials.items() if any(identity.startswith(prefix) for prefix in prefixes)]
    return list({trial["id"]: trial for trial in (*named, *found)}.values())


def _no_such(prefix: str, trials: Mapping[str, Line]) -> str:
    factors = _names(trials)
    if not factors:
        return f"no trial is called {prefix!r}: there is none"
    how = f"an id, as `expc plan --format json` shows it, or what a trial has: {', '.join(f'{n}=…' for n in factors)}"
    return f"no trial is called {prefix!r}; say {how}"


def _names(trials: Mapping[str, Line]) -> dict[str, dict[str, None]]:
    """What there is to select by, and its values, in the order of the plan."""
    found: dict[str, dict[str, None]] = {}
    for trial in trials.values():
        for name, value in _values(trial).items():
            found.setdefault(name, {})[value] = None
    return found


def _values(trial: Line) -> dict[str, str]:
    above = {f"{SEED}.{stage}": str(seed) for stage, seed in trial["seeds"].items()}
    fold = {FOLD: str(trial[FOLD])} if FOLD in trial else {}
    return {STAGE: trial["stage"], **above, SEED: str(trial["seed"]), **fold, **trial["condition"]}


def _check(wanted: Mapping[str, Sequence[str]], trials: Mapping[str, Line]) -> None:
    known = _names(trials)
    for name, values in wanted.items():
        if name not in known:
            raise ExpcError(f"trials don't differ in {name!r}; {nearest(name, known)}")
        for value in values:
            if value not in known[name]:
                raise ExpcError(f"no trial has {name}={value}; {nearest(value, known[name])}")


def _test(name: str, values: Sequence[str]) -> Callable[[Line], bool]:
    return lambda trial: _values(trial).get(name) in values
