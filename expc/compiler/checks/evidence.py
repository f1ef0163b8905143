"""Numbers that say less than they seem to: chosen by what they measure, or of something that may have changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from expc.compiler.checks.metrics import references, selects_by
from expc.compiler.checks.rule import Context, Finding, check
from expc.spec import Pointer

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


WHY = {
    ("train", "validation"): "what was learned by heart looks best there",
    ("train", "test"): "what was learned by heart is right there",
    ("validation", "test"): "test data choose, so that they can't test the model any more",
}


@check("R027")
def one_file_for_two_parts(context: Context) -> Iterator[Finding]:
    """By what the files hold, whatever their names; of a set of the hub, by the names of its splits."""
    recipes = {name: recipe for (name, _, _), recipe in context.materials.data.items()}
    for name, recipe in recipes.items():
        splits: Mapping[str, str] = context.written(("data", name, "splits")) or {}
        held = {role: file["sha256"] for role, file in recipe["files"].items()}
        for (one, other), why in WHY.items():
            role = f"{other}.images" if f"{other}.images" in held else other  # labels may well be alike
            first = role.replace(other, one, 1)
            at: Pointer
            if other in splits and splits.get(one) == splits[other]:
                at = ("data", name, "splits", other)
            elif role in held and held.get(first) == held[role]:
                at = ("data", name, *role.split("."))
            else:
                continue
            message = f"the {one} and {other} data of {name!r} are the same: {why}"
            yield Finding(at, message, f"leave `{other}` out, and it is taken out of those for training")
