"""A valid document in, the spec as a value out: durations in seconds, sizes in MiB, defaults filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expc.compiler.grammar import input_placeholders, parse_duration, parse_reference, parse_size
from expc.spec import (
    ABLATION,
    FULL,
    Budget,
    Configuration,
    Environment,
    Factor,
    Figure,
    Input,
    Level,
    MethodFile,
    Override,
    Partial,
    Pointer,
    Program,
    Reference,
    Resources,
    Source,
    Spec,
    Stage,
    Table,
    Value,
    level_name,
)

PREDICTIONS = "predictions-"
"""Begins the rule of a metric that is computed from predictions."""


def read(document: Mapping[str, Any]) -> Spec:
    """The document's value must fit the schema; names in it are not looked up here."""
    return Spec(
        name=document["name"],
        question=document.get("question", ""),
        data={name: _source(name, entry) for name, entry in document.get("data", {}).items()},
        inputs={name: Input(name, entry) for name, entry in document.get("inputs", {}).items()},
        factors=_factors(document),
        zips=tuple(map(tuple, document.get("zip", []))),
        exclude=tuple(map(_partial, document.get("exclude", []))),
        include=tuple(map(_partial, document.get("include", []))),
        design=document.get("design", "crossed"),
        order=document.get("order", "seeds-first"),
        params=_values(document.get("params")),
        derive=document.get("derive", {}),
        overrides=tuple(map(_override, document.get("overrides", []))),
        stages=_stages(document),
        seeds=_seeds(document.get("seeds", 1)),
        baseline=_baseline(document),
        methods={name: _method(name, entry) for name, entry in document.get("methods", {}).items()},
        ignore=document.get("ignore", {}),
        on_failure=document.get("on_failure", "report"),
        budget=Budget(**document.get("budget", {})),
        tables=_tables(document),
        figures=tuple(_figure(name, entry) for name, entry in document.get("figures", {}).items()),
    )


def freeze(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _values(mapping: Mapping[str, Any] | None) -> dict[str, Value]:
    return {name: freeze(value) for name, value in (mapping or {}).items()}


def _source(name: str, entry: Mapping[str, Any]) -> Source:
    return Source(name, entry["source"], entry)


def _factors(document: Mapping[str, Any]) -> dict[str, Factor]:
    factors = {name: _factor(name, levels) for name, levels in document.get("factors", {}).items()}
    return {**factors, ABLATION: _ablation(document[ABLATION])} if ABLATION in document else factors


def _factor(name: str, levels: list[Any] | Mapping[str, Any]) -> Factor:
    listed = isinstance(levels, list)
    if isinstance(levels, list):
        found = tuple(Level(level_name(value), {name: freeze(value)}) for value in levels)
    else:
        found = tuple(_level(name, level, value) for level, value in levels.items())
    return Factor(name, found, listed, ("factors", name))


def _ablation(removals: Mapping[str, Any]) -> Factor:
    """A removal that is called `full` is an error, which the checks report."""
    removed = (Level(name, _values(params)) for name, params in removals.items() if name != FULL)
    return Factor(ABLATION, (Level(FULL, {}), *removed), listed=False, pointer=(ABLATION,))


def _baseline(document: Mapping[str, Any]) -> Partial | None:
    """As written; of an ablation, what removes nothing is the baseline unless it is said otherwise."""
    stated = _partial(document["baseline"]) if "baseline" in document else {}
    full = {ABLATION: (FULL,)} if ABLATION in document else {}
    return {**full, **stated} or None


def _level(factor: str, name: str, value: Any) -> Level:
    return Level(name, _values(value) if isinstance(value, Mapping) else {factor: freeze(value)})


def _partial(condition: Mapping[str, Any]) -> Partial:
    return {
        factor: tuple(map(freeze, levels)) if isinstance(levels, list) else (levels,)
        for factor, levels in condition.items()
    }


def _override(entry: Mapping[str, Any]) -> Override:
    return Override(_partial(entry["when"]), _values(entry.get("params")), limits(entry.get("resources", {})))


def limits(resources: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of `resources` that are stated, as fields of `Resources`: in MiB, seconds, trials."""
    readers = {"memory": parse_size, "time": parse_duration, "trials_per_job": _per_job}
    found = {name: readers[name](value) if name in readers else value for name, value in resources.items()}
    return {**found, **_gpus(resources["gpus"])} if "gpus" in resources else found


def _per_job(value: int | str) -> int | None:
    return value if isinstance(value, int) else None


def _gpus(stated: int | Mapping[str, Any]) -> dict[str, Any]:
    """Both are said anew: who asks for other GPUs doesn't mean the old type."""
    entry = {"count": stated} if isinstance(stated, int) else stated
    return {"gpus": entry.get("count", 1), "gpu": entry.get("type")}


def _seeds(seeds: int | list[int]) -> tuple[int, ...]:
    return tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)


def _stages(document: Mapping[str, Any]) -> dict[str, Stage]:
    if "stages" not in document:
        return {"train": _stage("train", (), {}, document, final=True)}
    taken = {
        source.rpartition(".")[0] for entry in document["stages"].values() for source in entry.get("from", {}).values()
    }
    return {
        name: _stage(name, ("stages", name), entry, document, final=name not in taken)
        for name, entry in document["stages"].items()
    }


def _stage(name: str, pointer: Pointer, entry: Mapping[str, Any], document: Mapping[str, Any], *, final: bool) -> Stage:
    """A stage; what it leaves out, it takes from the top of the file. `evaluate` there is for the last stages."""

    def stated(key: str) -> Any:
        return entry.get(key, document.get(key))

    taken = (entry if pointer else document).get("from", {})
    evaluate = entry.get("evaluate", document.get("evaluate", {}) if final else {})
    resources = {**limits(document.get("resources", {})), **limits(entry.get("resources", {}))}
    return Stage(
        name=name,
        pointer=pointer,
        task=_task(stated("task")),
        params=_values(entry.get("params")),
        derive=entry.get("derive", {}) if pointer else {},
        reads=tuple(entry["reads"]) if "reads" in entry else None,
        takes={role: source for role, source in taken.items() if _is_checkpoint(source)},
        inputs=_inputs(taken, stated("task"), document.get("inputs", {})),
        seeds=_seeds(entry["seeds"]) if "seeds" in entry else None,
        metrics=_metrics(stated("metrics")),
        metrics_at=(*pointer, "metrics") if "metrics" in entry else ("metrics",),
        evaluate=tuple(evaluate.get("on", ())),
        evaluate_at=(*pointer, "evaluate", "on") if "evaluate" in entry else ("evaluate", "on"),
        keep=(stated("keep") or {}).get("checkpoint", "best"),
        resources=Resources(**resources),
        environment=_environment(document.get("environment", {}), entry.get("environment", {}) if pointer else {}),
    )


SOFTWARE = ("container", "requirements", "venv", "modules")


def _environment(top: Mapping[str, Any], own: Mapping[str, Any]) -> Environment:
    """A stage that says where its software comes from means all of it: an image replaces a virtual environment."""
    replaced = (*SOFTWARE, *(() if "container" in own else ("binds",))) if own.keys() & set(SOFTWARE) else ()
    stated = {**{name: value for name, value in top.items() if name not in replaced}, **own}
    return Environment(
        network=stated.get("network", "none"),
        secrets=tuple(stated.get("secrets", ())),
        variables=dict(stated.get("variables", {})),
        container=stated.get("container"),
        requirements=stated.get("requirements"),
        venv=stated.get("venv"),
        modules=tuple(stated.get("modules", ())),
        binds=tuple((bind["from"], bind["to"]) for bind in stated.get("binds", ())),
    )


def _is_checkpoint(source: str) -> bool:
    """Inputs have no dot in their names."""
    return "." in source


def _inputs(taken: Mapping[str, str], task: Any, known: Mapping[str, Any]) -> dict[str, str]:
    """What a stage takes from `inputs`: by `from`, and, without it, what an own program calls `{input.<name>}`."""
    found = {role: source for role, source in taken.items() if not _is_checkpoint(source)}
    for name in (name for text in _texts(task) for name in input_placeholders(text)):
        if name in known and name not in taken:
            found[name] = name
    return found


def _texts(task: Any) -> Iterator[str]:
    """Whatever an own program's commands and files may have placeholders in."""
    if isinstance(task, str):
        yield task
    elif isinstance(task, Mapping | list):
        for inner in task.values() if isinstance(task, Mapping) else task:
            yield from _texts(inner)


def _task(task: Any) -> str | Program | None:
    if task is None or isinstance(task, str):
        return task
    code = task.get("code")
    return Program(
        command=task["command"],
        path=(code or {}).get("path", "."),
        include=_include(code),
        results=task.get("results", {}).get("file"),
        build=task.get("build"),
        resume=task.get("resume"),
        patterns=task.get("results", {}).get("pattern", {}),
        configurations={name: _configuration(entry) for name, entry in task.get("files", {}).items()},
        protect=tuple((code or {}).get("protect", ())),
    )


def _configuration(entry: Mapping[str, Any] | None) -> Configuration:
    return Configuration((entry or {}).get("from"), (entry or {}).get("set"))


def _include(code: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The patterns of files to copy; None if only what the command names is meant."""
    if code is None:
        return None
    return tuple(code.get("include", ["**"]))


def _metrics(metrics: Any) -> tuple[Reference, ...] | None:
    if metrics is None:
        return None
    stated = metrics if isinstance(metrics, Mapping) else dict.fromkeys(metrics)
    return tuple(_reference(text, entry or {}) for text, entry in stated.items())


def _reference(text: str, entry: Mapping[str, Any]) -> Reference:
    span = entry.get("range")
    text, split, name, rule = parts(text)
    if "from" in entry:
        rule = f"{PREDICTIONS}{entry['compute']}"
    return Reference(
        *(text, split, name, rule),
        goal=entry.get("goal"),
        range=(span[0], span[1]) if span else None,
        kind=entry.get("kind"),
    )


def parts(text: str) -> tuple[str, str, str, str | None]:
    """A reference as written, its split, its name and its rule as plans write it."""
    parsed = parse_reference(text)
    match parsed.rule:
        case "best":
            rule: str | None = f"best-{parsed.argument}"
        case "step":
            rule = f"step-{parsed.argument}"
        case other:
            rule = other
    return text, parsed.split or "test", parsed.name, rule


def _method(name: str, entry: Mapping[str, Any]) -> MethodFile:
    return MethodFile(name, entry["slot"], entry["file"], _values(entry.get("params")))


def _tables(document: Mapping[str, Any]) -> tuple[Table, ...]:
    """Without `tables` there is one, `main`, with a row for each condition."""
    stated = document.get("tables", {"main": {}})
    return tuple(
        Table(
            **_view(("tables", name), entry),
            rows=_names(entry["rows"]) if "rows" in entry else None,
            columns=_names(entry.get("columns", [])),
            metrics=_names(entry["metric"]) if "metric" in entry else None,
        )
        for name, entry in stated.items()
    )


def _figure(name: str, entry: Mapping[str, Any]) -> Figure:
    return Figure(
        **_view(("figures", name), entry),
        x=entry["x"],
        y=entry["y"],
        color=entry.get("color"),
        facet=entry.get("facet"),
    )


def _view(pointer: tuple[str, str], entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": pointer[1],
        "pointer": pointer,
        "stage": entry.get("stage"),
        "average": _names(entry.get("average", [])),
        "at": _partial(entry.get("at", {})),
        "select": _names(entry.get("select", [])),
    }


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
