"""Plans that cost more than the spec says they may."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.spent import cpu_hours, distinct, trials


@check("R012")
def plan_over_budget(context: Context) -> Iterator[Finding]:
    budget, plan = context.scope.spec.budget, context.plan
    planned = trials(plan)
    if budget.trials is not None and planned > budget.trials:
        message = f"the plan has {planned:,} trials, and the budget is {budget.trials:,}"
        yield Finding(("budget", "trials"), message, "vary less, repeat less, or raise the budget")
    if budget.cpu_hours is None:
        return
    found = cpu_hours(distinct(plan), context.project)
    if found.known > budget.cpu_hours:
        least = "more than " if found.unknown else ""
        costs = f"{least}{found.known:,.4g} CPU-hours ({found.basis})"
        message = f"the plan costs {costs}, and the budget is {budget.cpu_hours:g}"
        hint = "vary less, repeat less, give a trial less `time` in `resources`, or raise the budget"
        yield Finding(("budget", "cpu_hours"), message, hint)
