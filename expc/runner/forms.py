"""A value that was read and a form in, the first place that isn't of that form out, in words.

A form is an object of forms by their keys (`key?` may be missing, `...` stands for all keys), a list of one form, a
pair (check, what it must be), or a function that chooses a form by the value. Keys that it doesn't know are let be."""

from .shape import NUMBER, WHOLE, number, shown, text, texts, whole
from .shape import TEXTS as LIST


def misfit(value, form, at=""):
    """Empty if the value is of the form; `at` is where it stands."""
    if callable(form):
        form = form(value)
    if isinstance(form, tuple):
        check, wanted = form
        return "" if check(value) else must_be(at, wanted, value)
    if isinstance(form, list):
        if not isinstance(value, list):
            return must_be(at, "a list", value)
        inner = [(item, form[0], "{}[{}]".format(at, place)) for place, item in enumerate(value)]
    elif isinstance(value, dict):
        lacks = [key for key in form if key is not ... and not key.endswith("?") and key not in value]
        if lacks:
            return "{} lacks {}".format(at or "it", ", ".join(sorted(lacks)))
        inner = [(item, of(form, key), at + "." + key if at else key) for key, item in value.items()]
    else:
        return must_be(at, "an object", value)
    return next(filter(None, (misfit(item, one, place) for item, one, place in inner if one is not None)), "")


def of(form, key):
    """The form of a key; None where nothing is known of it."""
    return form.get(key, form.get(key + "?", form.get(...)))


def must_be(at, wanted, value):
    return "{} must be {}, not {}".format(at or "it", wanted, shown(value))


def hexadecimal(value):
    return text(value) and value != "" and set(value) <= set("0123456789abcdef")


TEXT, TEXTS = (text, "a text"), (texts, LIST)
NOT_NEGATIVE, FROM_0 = (number, NUMBER), (whole, WHOLE)
TEXT_OR_NULL = (lambda value: value is None or text(value), "a text or null")
WHOLE_NUMBER = (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number")
COUNT = (lambda value: whole(value) and value > 0, "a whole number from 1 on")
AUTO = (lambda value: value == "auto" or COUNT[0](value), '"auto", or a whole number from 1 on')
HERE_OR_JOB = (lambda value: value in ("here", "job"), '"here" or "job"')
YES_OR_NO = (lambda value: isinstance(value, bool), "true or false")
DIGEST = (hexadecimal, "hexadecimal digits")
OBJECT = {...: None}

VIEW = {"stage": TEXT, "at": {...: TEXT}, "average": TEXTS, "select": TEXTS}
EXPERIMENT = {
    "plan": DIGEST,
    "spec?": TEXT,
    "trials_per_job?": {...: AUTO},
    "baseline?": {...: TEXT},
    "ignored?": OBJECT,
    "tables": {...: {**VIEW, "rows": TEXTS, "columns": TEXTS, "metrics": TEXTS}},
    "figures": {
        ...: {**VIEW, "label": TEXT, "y": {"split": TEXT, "name": TEXT}, "color": TEXT_OR_NULL, "facet": TEXT_OR_NULL}
    },
}
OWN = {
    "command": TEXTS,
    "results": TEXT_OR_NULL,
    "folder": TEXT,
    "files": {...: TEXT},
    "build?": TEXTS,
    "resume?": TEXTS,
}
RENDERED = {
    "task": TEXT,
    "choices": {...: TEXT},
    "files": {...: TEXT},
    "methods": {...: {"slot": TEXT, "file": TEXT, "params": OBJECT}},
}
WORKFLOW = {
    "expc": TEXT,
    "experiments": {...: EXPERIMENT},
    "variants": {...: lambda value: OWN if isinstance(value, dict) and "command" in value else RENDERED},
    "data": {...: {"id": TEXT, "kind": TEXT, "source": TEXT, "files": {...: {"path": TEXT, "sha256": TEXT}}}},
    "inputs?": {...: {"id": TEXT, "content": TEXT, "path": TEXT}},
    "images?": {...: {"kind": TEXT, "image": TEXT, "identity": TEXT, "reference": TEXT}},
}
"""`workflow/experiments.json`."""

SIZES = {"sizes?": {...: FROM_0}}
CODE = {
    "command?": TEXTS,
    "results?": TEXT_OR_NULL,
    "resume?": TEXTS,
    "protect?": {...: TEXT},
    "configurations?": {...: {"format": TEXT, "base": TEXT_OR_NULL}},
    **SIZES,
}
TEMPLATE = {"template": TEXT, "train": TEXT, "evaluate": TEXT_OR_NULL, "preload": TEXTS, **SIZES}
PREPARED = SIZES
"""`results/data/<id>/data.json`, as far as the runner reads it."""


def generated(value):
    """`results/code/<variant>/variant.json`."""
    return CODE if isinstance(value, dict) and "command" in value else TEMPLATE


PARTITION = {
    "name": TEXT,
    "time": NOT_NEGATIVE,
    "cpus?": COUNT,
    "memory?": COUNT,
    "gpus": {...: FROM_0},
    "nodes": COUNT,
    "preemptible": YES_OR_NO,
    "account?": TEXT,
    "qos?": TEXT,
    "constraint?": TEXT,
    "gpu_hour?": NOT_NEGATIVE,
    "cpu_hour?": NOT_NEGATIVE,
}
SITE = {
    "file": TEXT,
    "name": TEXT,
    "account?": TEXT,
    "qos?": TEXT,
    "status": TEXT,
    "prepare": HERE_OR_JOB,
    "modules?": TEXTS,
    "node_storage?": TEXT,
    "apptainer?": TEXTS,
    "currency?": TEXT,
    "jobs": {"most": COUNT, "target": NOT_NEGATIVE, "shortest": NOT_NEGATIVE},
    "partitions": [PARTITION],
}
"""`workflow/site.json`."""
