"""What a file says of its stages in, each with what it runs, on what, and what that needs out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from expc.compiler.reading.frozen import values
from expc.compiler.reading.grammar import input_placeholders, parse_duration, parse_size
from expc.compiler.reading.reported import metrics
from expc.spec import Configuration, Environment, Pointer, Program, Resources, Stage

SOFTWARE = ("container", "requirements", "venv", "modules")


def stages(document: Mapping[str, Any]) -> dict[str, Stage]:
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
        params=values(entry.get("params")),
        derive=entry.get("derive", {}) if pointer else {},
        reads=tuple(entry["reads"]) if "reads" in entry else None,
        takes={role: source for role, source in taken.items() if _is_checkpoint(source)},
        inputs=_inputs(taken, stated("task"), document.get("inputs", {})),
        seeds=repetitions(entry["seeds"]) if "seeds" in entry else None,
        metrics=metrics(stated("metrics")),
        metrics_at=(*pointer, "metrics") if "metrics" in entry else ("metrics",),
        evaluate=tuple(evaluate.get("on", ())),
        evaluate_at=(*pointer, "evaluate", "on") if "evaluate" in entry else ("evaluate", "on"),
        keep=(stated("keep") or {}).get("checkpoint", "best"),
        resources=Resources(**resources),
        environment=_environment(document.get("environment", {}), entry.get("environment", {}) if pointer else {}),
    )


def repetitions(seeds: int | list[int]) -> tuple[int, ...]:
    return tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)


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


def _is_checkpoint(source: str) -> bool:
    """Inputs have no dot in their names."""
    return "." in source


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
    stated = entry or {}
    return Configuration(stated.get("from"), stated.get("set"), stated.get("seed", "seed"))


def _include(code: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The patterns of files to copy; None if only what the command names is meant."""
    if code is None:
        return None
    return tuple(code.get("include", ["**"]))
