"""Numbers that say less than they seem to: chosen by what they measure, or of something that may have changed."""

from __future__ import annotations

from collections.abc import Iterator

from expc.compiler.checks import Context, Finding, check
from expc.compiler.checks.metrics import references, selects_by


@check("R016")
def extremum_over_test_epochs(context: Context) -> Iterator[Finding]:
    for pointer, key, _, metric in references(context):
        by = selects_by(metric)
        if by is not None and by[0] == "test":
            message = f"{metric.text}: test data choose the step, so that they can't test the model any more"
            instead = f"{metric.text.partition('@')[0]}@best(validation.{by[1]})"
            hint = f"choose it on validation data, `{instead}`, or take the last step, @last"
            yield Finding(pointer, message, hint, key=key)
