"""What a table or figure shows in, the sentences that stand below it out: what was repeated,
averaged, fixed, selected."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from expc.report.cells import Levels, Placed, determines, grouped, unnamed
from expc.report.experiment import ON, Experiment, View

LEVELS = 8


def repeated(cells: Iterable[Iterable[Levels]], above: Sequence[str]) -> str:
    """How many runs there are and what they differ in: `3 runs that differ in their seeds`, or how the seeds nest.

    Each cell is given by the seed paths of its runs: a run's own seed, those of the stages `above` it, and its fold."""
    paths = [set(cell) for cell in cells]
    runs = f"{_span(Counter(map(len, paths)))} runs"
    if any(path[-1] for cell in paths for path in cell):
        return f"{runs} that differ in their {differing([path for cell in paths for path in cell])}{OVERLAP}"
    depths = [
        (stage, place) for place, stage in enumerate(above, 1) if any(path[place] for cell in paths for path in cell)
    ]
    order = [place for _, place in depths]
    seeds = _branches(paths, [*order, 0])
    if not depths or max(seeds, default=1) == 1:
        return f"{runs} that differ in their seeds"
    within = []
    for depth, (stage, _) in enumerate(depths):
        branches = _branches(paths, order[: depth + 1])
        if max(branches) > 1 or depth == 0:
            within.append(f"in {'each of ' if max(branches) > 1 else ''}{_span(branches)} of {stage}")
    return f"{runs}: {_span(seeds)} seeds {' '.join(reversed(within))}"


def unvaried(cells: Sequence[str], everywhere: bool) -> Iterator[str]:
    """A spread of 0 reads like certainty; it is of runs that what they differ in leaves as they are."""
    if cells:
        more = [f"{len(cells) - LEVELS} more"] if len(cells) > LEVELS else []
        where = "each cell" if everywhere else listed([*cells[:LEVELS], *more])
        yield (
            f"All runs of {where} have one and the same value: what they differ in changes nothing there, or nothing"
            " that is large enough to be seen; a spread of 0 is no certainty."
        )


OVERLAP = " (folds share training data, so that it says little of the mean's error)"


def differing(paths: Collection[Levels]) -> str:
    """What runs differ in: `seeds`, `folds`, or both. The last part of a path is the fold."""
    folds = len({path[-1] for path in paths} - {""}) > 1
    seeds = len({path[:-1] for path in paths}) > 1
    return "seeds and folds" if folds and seeds else "folds" if folds else "seeds"


def reduced(view: View, placed: Sequence[Placed], experiment: Experiment) -> Iterator[str]:
    """What was done with the factors that the view doesn't show."""
    yield from _follow(view, placed, experiment)
    if view.average:
        fewer = _fewer(view, placed)
        unless = f"; not all of these levels are planned for {listed(fewer)}" if fewer else ""
        yield f"Averaged over {listed([_levels(factor, placed, experiment) for factor in view.average])}{unless}."
    if view.at:
        yield f"Fixed: {', '.join(f'{factor} = {level}' for factor, level in view.at.items())}."
    if ON in view.by:
        yield f"{ON} is the data set measured on."
    elif ON not in view.named and len({one.levels[ON] for one in placed}) > 1:
        evaluated = experiment.stages[view.stage].evaluated
        yield f"Each trial is measured on {'the data set that it learned from' if evaluated else 'its own data set'}."


def selection(view: View, metric: str, chosen: Mapping[Levels, Levels]) -> str:
    """What was selected, and for what; `chosen` has the view's levels, those of `on` aside."""
    uses: dict[Levels, list[str]] = {}
    for key, levels in chosen.items():
        uses.setdefault(levels, []).append(" ".join(key))
    said = [(", ".join(levels), ", ".join(users)) for levels, users in uses.items()]
    one, none = f"{said[0][0]} everywhere" if said else "", "none, for want of values"
    each = one if len(said) == 1 else "; ".join(f"{levels} for {users}" for levels, users in said)
    return f"Selected by the best mean of {metric}: {', '.join(view.select)} = {each or none}."


def unequal(view: View, placed: Sequence[Placed]) -> Iterator[str]:
    """Who chooses among more finds a better one, on validation data and a little on test data, by that alone."""
    by = [factor for factor in view.by if factor != ON]
    users: dict[int, list[str]] = {}
    for key, members in grouped(placed, by).items() if view.select else ():
        users.setdefault(len(grouped(members, view.select)), []).append(" ".join(key))
    if len(users) > 1:
        among = "; ".join(f"{count} for {_first(names)}" for count, names in sorted(users.items(), reverse=True))
        yield f"The choice was not among equally many: {among}. The best of more looks better by that alone."


def _first(names: Sequence[str]) -> str:
    return listed([*names[:LEVELS], f"{len(names) - LEVELS} more"] if len(names) > LEVELS else names)


def holes(runs: Iterable[tuple[int, int]]) -> Iterator[str]:
    """What n of N means, by an example: `runs` are those counted and those planned of each cell or curve."""
    short = sorted({(n, of) for n, of in runs if n < of}, reverse=True)
    for n, of in short[:1]:
        yield f"n={n}/{of}: the mean is over {n} of {of} runs." if n else f"n=0/{of}: none of {of} runs has a value."


def listed(words: Sequence[str]) -> str:
    """a, b and c"""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _follow(view: View, placed: Sequence[Placed], experiment: Experiment) -> Iterator[str]:
    """The factors that the view needn't name, since those that it names leave them one level."""
    named = [name for name in (*view.by, *view.average, *view.select, *view.at) if name != ON]
    for factor in unnamed(view, experiment):
        met = {one.levels[factor] for one in placed}
        alone = next((name for name in named if determines([name], factor, placed)), None)
        if len(met) > 1:
            yield f"{factor} goes with {_pairs(alone, factor, placed, experiment) if alone else listed(named)}."
        elif len(experiment.factors[factor]) > 1:
            yield from (f"{factor} is {level} throughout." for level in met)


def _pairs(name: str, other: str, placed: Sequence[Placed], experiment: Experiment) -> str:
    """Which level of the other goes with which: `width: 0.1 with 32, 0.03 with 64`."""
    levels = {one.levels[name]: one.levels[other] for one in placed}
    pairs = [f"{levels[level]} with {level}" for level in experiment.factors[name] if level in levels]
    return f"{name}: {', '.join(pairs)}" if len(pairs) <= LEVELS else name


def _levels(factor: str, placed: Sequence[Placed], experiment: Experiment) -> str:
    met = {one.levels[factor] for one in placed}
    levels = [level for level in experiment.factors.get(factor, sorted(met)) if level in met]
    return f"{factor} ({', '.join(levels) if len(levels) <= LEVELS else f'{len(levels)} levels'})"


def _fewer(view: View, placed: Sequence[Placed]) -> list[str]:
    """What is averaged over fewer levels than others are, and so doesn't compare with them."""
    levels = {key: len(grouped(members, view.average)) for key, members in grouped(placed, view.by).items()}
    return [" ".join(key) for key, count in levels.items() if count < max(levels.values())]


def _branches(cells: Iterable[Iterable[Levels]], order: Sequence[int]) -> Counter[int]:
    """How many seeds stand at the last of these places of the paths, below each of what stands at those before it."""
    found: Counter[int] = Counter()
    for cell in cells:
        ways = {tuple(path[place] for place in order) for path in cell}
        found.update(Counter(way[:-1] for way in ways).values())
    return found


def _span(numbers: Iterable[int]) -> str:
    return " to ".join(map(str, dict.fromkeys((min(numbers), max(numbers)))))
