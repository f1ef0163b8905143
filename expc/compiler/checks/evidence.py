"""Numbers that say less than they seem to: chosen by what they measure, or of something that may have changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expc.compiler.checks.metrics import references, selects_by
from expc.compiler.checks.rule import Context, Finding, check

COMMIT = re.compile("[0-9a-f]{40}")


@check("R014")
def reference_that_may_change(context: Context) -> Iterator[Finding]:
    """What a hub has under a branch or a tag today isn't what it has tomorrow, and the trials' names don't tell."""
    for key in ("data", "inputs"):
        for name, entry in (context.written((key,)) or {}).items():
            revision = entry.get("revision")
            if revision is not None and not COMMIT.fullmatch(revision):
                message = f"the revision {revision!r} of {name!r} may be another one tomorrow: it is no commit"
                hint = "name the commit, 40 hexadecimal digits; the hub shows it under `Files and versions`"
                yield Finding((key, name, "revision"), message, hint)


@check("R016")
def extremum_over_test_epochs(context: Context) -> Iterator[Finding]:
    for pointer, key, _, metric in references(context):
        by = selects_by(metric)
        if by is not None and by[0] == "test":
            message = f"{metric.text}: test data choose the step, so that they can't test the model any more"
            instead = f"{metric.text.partition('@')[0]}@best(validation.{by[1]})"
            hint = f"choose it on validation data, `{instead}`, or take the last step, @last"
            yield Finding(pointer, message, hint, key=key)
