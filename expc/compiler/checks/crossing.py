"""How factors come together: `zip`, `include`, `ablation`, `design: one-at-a-time`."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.design import at_odds, axes
from expc.spec import ABLATION, FULL, ONE_AT_A_TIME, level_name


@check("E327", after="E303")
def zipped_factors_of_unequal_length(context: Context) -> Iterator[Finding]:
    factors = context.scope.spec.factors
    for number, (first, *others) in enumerate(context.scope.spec.zips):
        counts = len(factors[first].levels), *(len(factors[name].levels) for name in others)
        for index, (name, count) in enumerate(zip(others, counts[1:], strict=True), 1):
            if count != counts[0]:
                message = f"factor {name!r} has {count} levels, and {first!r}, with which it is zipped, has {counts[0]}"
                hint = "give them equally many: the first goes with the first, the second with the second"
                longer = max(factors[first], factors[name], key=lambda factor: len(factor.levels))
                if longer.listed:
                    levels = ", ".join(level.name for level in longer.levels[: min(count, counts[0])])
                    hint += f", such as `{longer.name}: [{levels}]`"
                yield Finding(("zip", number, index), message, hint)


@check("E328", after="E303")
def factor_that_can_not_be_zipped(context: Context) -> Iterator[Finding]:
    met: dict[str, int] = {}
    for number, group in enumerate(context.scope.spec.zips):
        for index, name in enumerate(group):
            if met.setdefault(name, number) != number:
                others = ", ".join(dict.fromkeys([*context.scope.spec.zips[met[name]], *group]))
                message = f"factor {name!r} stands in another group of `zip` already"
                yield Finding(("zip", number, index), message, f"write one group: [{others}]")
            elif context.scope.spec.factors[name].pointer == (ABLATION,):
                message = "the ablation can't be zipped: nothing would tell what a removal does from what goes with it"
                hint = "leave it out of `zip`, and it is crossed with the other factors"
                yield Finding(("zip", number, index), message, hint)


@check("E329", after="E303 E304")
def one_at_a_time_without_a_baseline(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    if spec.design != ONE_AT_A_TIME:
        return
    factors = list(spec.factors.values())
    baseline = spec.baseline or {}
    open_axes = [[factors[place] for place in axis.places] for axis in axes(spec) if axis.steps > 1]
    missing = [names[0] for names in open_axes if not any(factor.name in baseline for factor in names)]
    if missing:
        stated = [f"{name}: {level_name(level)}" for name, (level, *_) in baseline.items() if name != ABLATION]
        added = [f"{factor.name}: {factor.levels[0].name}" for factor in missing]
        says = f"which says nothing of {' and '.join(factor.name for factor in missing)}"
        message = f"one-at-a-time starts from the baseline, {says if stated else 'and there is none'}"
        hint = f"write `baseline: {{{', '.join([*stated, *added])}}}`, or other levels"
        yield Finding(("design",), message, hint)


@check("E330")
def name_that_an_ablation_takes(context: Context) -> Iterator[Finding]:
    if context.written((ABLATION,)) is None:
        return
    if context.written(("factors", ABLATION)) is not None:
        message = "a factor can't be called 'ablation' beside the key `ablation`, which makes one of that name"
        yield Finding(("factors", ABLATION), message, "choose another name for it", key=True)
    if context.written((ABLATION, FULL)) is not None:
        message = "'full' is there already: the first level of every ablation, which removes nothing"
        hint = "remove it; what all levels share stands under `params`"
        yield Finding((ABLATION, FULL), message, hint, key=True)


@check("E331", after="E303 E304 E327 E328")
def included_condition_left_open(context: Context) -> Iterator[Finding]:
    spec = context.scope.spec
    factors = list(spec.factors.values())
    for number, partial in enumerate(spec.include):
        for axis in axes(spec):
            zipped = [factors[place] for place in axis.places]
            for levels in at_odds(spec, axis, partial)[:1]:
                left = next(factor.name for factor in zipped if factor.name not in partial)
                named = zip([factor for factor in zipped if factor.name in partial], levels, strict=True)
                goes = " and ".join(f"{factor.name}={factor.levels[level].name}" for factor, level in named)
                message = f"which {left} goes with {goes}? `zip` pairs them with different ones"
                yield Finding(("include", number), message, f"add `{left}: …` to the entry", key=True)
