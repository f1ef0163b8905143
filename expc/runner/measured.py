"""A trial's rows in, their summary out; and what the spec asks for that isn't among them, for the log.

What a metric's value is, by which rule, is the report's to say: an outcome doesn't depend on who asks for it."""

from typing import Dict, Optional, Tuple


def absent(rows, stage):
    """The metrics that training should have written, of which there is no row, by their references."""
    there = {(row["split"], row["name"]) for row in rows if row["on"] is None}
    return [
        asked["ref"]
        for asked in stage["metrics"]
        if not evaluated(asked, stage)
        and not asked["rule"].startswith("predictions-")  # computed when results are collected
        and (asked["split"], asked["name"]) not in there
    ]


def untested(rows, rule, stage):
    """The metrics that an evaluation of this checkpoint should have written, of which there is no row."""
    there = {row["name"] for row in rows}
    wanted = [asked for asked in stage["metrics"] if evaluated(asked, stage) and asked["rule"] == rule]
    return [asked["ref"] for asked in wanted if asked["name"] not in there]


def evaluated(asked, stage):
    """Whether the metric comes from an evaluation, so that training needn't write it."""
    return stage["evaluated"] and asked["split"] == "test"


def but_without(refs):
    """What the log says after "done"."""
    return f", but without {', '.join(refs)}" if refs else ""


def summary(rows):
    """`{"validation.loss": value}`: each metric's final value, or else its last."""
    found: Dict[str, Tuple[float, Optional[float]]] = {}
    for row in rows:
        if row["on"] is None:
            key, order = f"{row['split']}.{row['name']}", float("inf") if row["step"] is None else row["step"]
            if key not in found or order >= found[key][0]:
                found[key] = (order, row["value"])
    return {key: value for key, (_, value) in found.items()}
