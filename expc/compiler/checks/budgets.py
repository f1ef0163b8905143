"""Plans that cost more than the spec says they may."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.planning.spent import cpu_hours, distinct, gpu_hours, trials
from expc.spec import Budget


@check("R012")
def plan_over_budget(context: Context) -> Iterator[Finding]:
    budget = context.scope.spec.budget
    if budget == Budget():
        return
    cells = distinct(context.plan)
    planned = trials(cells)
    if budget.trials is not None and planned > budget.trials:
        message = f"the plan has {planned:,} trials, and the budget is {budget.trials:,}"
        yield Finding(("budget", "trials"), message, "vary less, repeat less, or raise the budget")
    for key, limit, counted in (("cpu_hours", budget.cpu_hours, cpu_hours), ("gpu_hours", budget.gpu_hours, gpu_hours)):
        if limit is None:
            continue
        found = counted(cells, context.project)
        if found.known > limit:
            least = "more than " if found.unknown else ""
            costs = f"{least}{found.known:,.4g} {key[:3].upper()}-hours ({found.basis})"
            hint = "vary less, repeat less, give a trial less `time` in `resources`, or raise the budget"
            yield Finding(("budget", key), f"the plan costs {costs}, and the budget is {limit:g}", hint)
