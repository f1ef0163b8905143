"""A trial's rows and what its stage asks for in, what is missing or impossible out, in words."""

from typing import Dict, Optional, Tuple


def problem(rows, stage):
    """Why these rows don't make a trial done: a metric is missing or lies outside its range. None if they do."""
    wanted = stage["metrics"]
    missing = [asked["ref"] for asked in wanted if not evaluated(asked, stage) and chosen(rows, asked, stage) is None]
    if missing:
        wrote = ", ".join(sorted({label(row) for row in rows})) or "nothing"
        return f"the program ended without {', '.join(missing)}; it wrote: {wrote}"
    return outside(rows, stage["ranges"])


def evaluated(asked, stage):
    """Whether the metric comes from an evaluation, so that training needn't write it."""
    return stage["evaluated"] and asked["split"] == "test"


def outside(rows, ranges):
    """The first value that can't be, in words; None if there is none."""
    for row in rows:
        low, high = ranges.get(row["name"]) or (None, None)
        if row["value"] is not None and not within(row["value"], low, high):
            return f"{label(row)} is {row['value']}, outside its range {low} to {high}"
    return None


def within(value, low, high):
    return (low is None or low <= value) and (high is None or value <= high)


def chosen(rows, asked, stage):
    """The row that holds a metric: the one without a step, else the one at the step that its rule names."""
    mine = series(rows, asked["split"], asked["name"])
    if None in mine:
        return mine[None]
    step = named(rows, mine, asked["rule"], stage)
    return mine.get(step)


def named(rows, mine, rule, stage):
    """The step that a rule names among `mine`; the earliest on ties."""
    if rule == "auto":
        first = stage["metrics"][0]["name"]
        best = best_step(series(rows, "validation", first), first, stage)
        return max(mine, default=None) if best is None else best
    if rule.startswith("step-"):
        return float(rule[len("step-") :])
    if rule.startswith("best-"):
        split, name = rule[len("best-") :].split(".", 1)
        return best_step(series(rows, split, name), name, stage)
    return max(mine, default=None)


def best_step(found, name, stage):
    values = {step: row["value"] for step, row in found.items() if step is not None and row["value"] is not None}
    if not values:
        return None
    sign = -1 if stage["goals"].get(name) == "maximize" else 1
    return min(values, key=lambda step: (sign * values[step], step))


def series(rows, split, name):
    """The rows of one metric on the trial's own data, by step."""
    return {row["step"]: row for row in rows if (row["split"], row["name"], row["on"]) == (split, name, None)}


def summary(rows):
    """`{"validation.loss": value}`: each metric's final value, or else its last."""
    found: Dict[str, Tuple[float, Optional[float]]] = {}
    for row in rows:
        if row["on"] is None:
            key, order = label(row), float("inf") if row["step"] is None else row["step"]
            if key not in found or order >= found[key][0]:
                found[key] = (order, row["value"])
    return {key: value for key, (_, value) in found.items()}


def label(row):
    return row["split"] + "." + row["name"] + (f" on {row['on']}" if row["on"] else "")
