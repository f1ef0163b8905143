"""What was read as an outcome, an evaluation or a row of a ledger in, what in it isn't as its schema says out: people
edit files, and disks lose parts of them."""

import json
import math

LONG = 40


def fault(found):
    """The first thing that isn't what it has to be, in words; empty if all is well. What isn't there is no fault:
    outcomes of old versions say less."""
    fields = FIELDS if "trial" not in found else OF_EVALUATION
    for name, value in found.items():
        wanted = fields.get(name)
        if wanted and not wanted[0](value):
            return "{!r} must be {}, not {}".format(name, wanted[1], shown(value))
    return ""


def without_faults(row):
    """A ledger's row without what can't be so: it counts as not known."""
    return {name: value for name, value in row.items() if name not in ROW or ROW[name](value)}


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def number(value):
    """Finite, and not below 0."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value) and value >= 0
    except OverflowError:
        return False


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def text(value):
    return isinstance(value, str)


def texts(value):
    return isinstance(value, list) and all(map(text, value))


def cause(value):
    return value is None or (isinstance(value, dict) and all(map(text, value.values())))


def metrics(value):
    return isinstance(value, dict) and all(one is None or number(one) or number_below_0(one) for one in value.values())


def number_below_0(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and number(-value)


def hardware(value):
    return (
        isinstance(value, dict)
        and text(value.get("cpu"))
        and whole(value.get("cpus"))
        and (value.get("gpu") is None or text(value["gpu"]))
    )


def accepted(value):
    return (
        bool(value)
        and isinstance(value, list)
        and all(isinstance(one, dict) and text(one.get("because")) for one in value)
    )


NUMBER, WHOLE, TEXTS = "a number from 0 on", "a whole number from 0 on", "a list of texts"
FIELDS = {
    "marked": (texts, TEXTS),
    "cause": (cause, 'null, or an object such as {"kind": "code", "detail": "exit status 3"}'),
    "attempts": (whole, WHOLE),
    "metrics": (metrics, "an object of numbers"),
    "seconds": (number, NUMBER),
    "peak_memory": (whole, WHOLE),
    "cpu_seconds": (number, NUMBER),
    "gpu_busy": (number, NUMBER),
    "gpu_memory": (whole, WHOLE),
    "hardware": (hardware, 'an object such as {"cpu": "…", "cpus": 1, "gpu": null}'),
    "keep": (texts, TEXTS),
    "accepted": (accepted, 'a list of objects such as {"from": "…", "because": "…", "when": "…"}'),
}
"""What readers of outcomes rely on."""
OF_EVALUATION = {**FIELDS, "accepted": (text, "a text: the id that it had")}
"""An evaluation names its trial."""
ROW = {
    "attempt": whole,
    "started": text,
    "ended": text,
    "status": text,
    "host": text,
    "user": text,
    "partition": text,
    "job": text,
    "seconds": number,
    "cpu_seconds": number,
    "peak_memory": whole,
    "gpu_busy": number,
    "gpu_memory": whole,
    "gpus": number,
    "cpus": number,
    "at_once": lambda value: number(value) and value > 0,
    "log": whole,
    "log_so_far": whole,
    "start": whole,
}
"""What readers of ledgers rely on."""
