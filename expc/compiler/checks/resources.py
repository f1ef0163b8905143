"""What trials ask of machines: resources that don't go together, and those that a program can't use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from expc.compiler.checks.rule import NO_TEMPLATE, Context, Finding, check
from expc.compiler.meaning.design import matcher
from expc.compiler.meaning.scope import StageScope
from expc.spec import Pointer, Resources

LAUNCHERS = ("torchrun", "accelerate", "deepspeed", "srun", "mpirun", "mpiexec", "horovodrun")
MODULES = ("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch")
"""Programs that start others, once for each process; and those that Python starts by `-m`."""


class Asked(NamedTuple):
    """What some conditions of a stage ask for. `overrides` are those that fit them, the last first."""

    stage: StageScope
    limits: Resources
    overrides: tuple[int, ...]


def asked(context: Context) -> Iterator[Asked]:
    """Each once."""
    spec = context.scope.spec
    changing = [(index, override) for index, override in enumerate(spec.overrides) if override.resources]
    order = tuple(spec.factors)
    for stage in context.scope.stages.values():
        places = [order.index(name) for name in stage.factors]
        every = context.conditions if changing else []
        conditions = {tuple([condition[place] for place in places]) for condition in every} or {()}
        fits = [(index, matcher(spec.factors, stage.factors, override.when)) for index, override in changing]
        found = {tuple(index for index, matches in fits if matches(condition)) for condition in conditions}
        for indices in sorted(found):
            limits = stage.stage.resources
            for index in indices:
                limits = replace(limits, **spec.overrides[index].resources)
            yield Asked(stage, limits, indices[::-1])


def stated(context: Context, one: Asked, key: str) -> Pointer:
    """Where a resource gets its value: in the last override that has it, in the stage, or at the top of the file."""
    stage = (*one.stage.stage.pointer, "resources", key)
    places = [*(("overrides", index, "resources", key) for index in one.overrides), stage]
    return next((place for place in places if context.written(place) is not None), ("resources", key))


UNKNOWN = f"{NO_TEMPLATE} E303 E304 E322 E327 E328 E329 E330"
"""After these, nobody knows which conditions there are, or what runs in them."""


@check("E381", after=UNKNOWN)
def launcher_of_one_process(context: Context) -> Iterator[Finding]:
    """One GPU is stated: a study of scaling begins with it, and a program is tried on it. No GPU is one forgotten."""
    found: dict[Pointer, bool] = {}
    for one in asked(context):
        if one.limits.launcher:
            place = stated(context, one, "launcher")
            found[place] = found.get(place, False) or one.limits.gpus > 0 or one.limits.nodes > 1
    for place, several in found.items():
        if not several:
            message = "a launcher starts a program once for each GPU of each node, and no GPU is asked for"
            yield Finding(place, message, "ask for some, `gpus: 4`, or remove the launcher", key=True)


@check("E382", after=UNKNOWN)
def nodes_without_a_launcher(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        if one.limits.nodes > 1 and not one.limits.launcher:
            message = f"nothing starts the program on {one.limits.nodes} nodes"
            yield Finding(stated(context, one, "nodes"), message, "add `launcher: torchrun`, or `launcher: srun`")


@check("E383", after=UNKNOWN)
def gpus_that_a_template_can_not_use(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        template, limits = one.stage.template, one.limits
        if template is None or template.gpus == "many":
            continue
        name = f"template {template.name!r}"
        if limits.gpus and template.gpus == "none":
            hint = "leave `gpus` out of this stage, or write `gpus: 0` in it"
            yield Finding(stated(context, one, "gpus"), f"{name} uses no GPU", hint)
        elif limits.gpus > 1:
            hint = "ask for one; its trials can run side by side, each on its own"
            yield Finding(stated(context, one, "gpus"), f"{name} uses one GPU, not {limits.gpus}", hint)
        elif limits.launcher:
            hint = "remove the launcher; its trials can run side by side"
            yield Finding(stated(context, one, "launcher"), f"{name} can't run as several processes", hint, key=True)


@check("E384", after=UNKNOWN)
def resources_that_contradict_each_other(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        limits = one.limits
        if limits.gpu and not limits.gpus:
            yield Finding(stated(context, one, "gpus"), "a type, and no GPU of it", "write `count: 1`, or `gpus: 0`")
        if limits.trials_at_once > 1 and (why := _alone(one)):
            message = f"{limits.trials_at_once} trials at once, and {why}"
            yield Finding(stated(context, one, "trials_at_once"), message, "write `trials_at_once: 1`, or leave it out")


def _alone(one: Asked) -> str:
    """Why nothing can run beside a trial; empty where something can."""
    limits = one.limits
    if limits.exclusive:
        return "`exclusive` lets nothing run beside a trial"
    if limits.nodes > 1:
        return "a trial on several nodes has them for itself"
    if one.stage.timing:
        return f"nothing may run beside a trial that is timed ({', '.join(one.stage.timing)})"
    if limits.trials_per_job is not None and limits.trials_at_once > limits.trials_per_job:
        jobs = "1 trial" if limits.trials_per_job == 1 else f"{limits.trials_per_job} trials"
        return f"a job has {jobs} (`trials_per_job`)"
    return ""


@check("E390", after=UNKNOWN)
def several_nodes_without_a_network(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        limits = one.limits
        if one.stage.stage.environment.network != "host" and (limits.nodes > 1 or limits.launcher == "srun"):
            key = "nodes" if limits.nodes > 1 else "launcher"
            message = "processes that srun starts find each other over the network, and trials have none"
            yield Finding(stated(context, one, key), message, "add `environment: {network: host}`")


@check("R015")
def conditions_on_different_hardware(context: Context) -> Iterator[Finding]:
    """Conditions of one stage that are compared, and not only in what the experiment varies."""
    for stage in context.scope.stages.values():
        found = [one for one in asked(context) if one.stage is stage]
        usual = min(found, key=lambda one: len(one.overrides))
        for one in found:
            differing = [key for key, values in _hardware(one).items() if values != _hardware(usual)[key]]
            if differing:
                message = f"some conditions of stage {stage.name!r} run on {_shown(one)}, others on {_shown(usual)}"
                hint = "a difference may come from that: give all the same, or say under `ignore` why it can't be"
                yield Finding(stated(context, one, differing[0]), message, hint)


@check("R015")
def times_on_any_gpu(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        if one.stage.timing and one.limits.gpus and not one.limits.gpu:
            message = f"{', '.join(one.stage.timing)} is a time, and trials may run on GPUs of any type"
            hint = "name the type that is meant, `gpus: {count: 1, type: a100}`"
            yield Finding(stated(context, one, "gpus"), message, hint)


def _hardware(one: Asked) -> dict[str, tuple[int | str | None, ...]]:
    """By the key that says it. Processors count for times alone: threads move no more than last digits."""
    limits = one.limits
    found: dict[str, tuple[int | str | None, ...]] = {"gpus": (limits.gpus, limits.gpu), "nodes": (limits.nodes,)}
    return {**found, "cpus": (limits.cpus,)} if one.stage.timing else found


def _shown(one: Asked) -> str:
    limits = one.limits
    gpus = "1 GPU" if limits.gpus == 1 else f"{limits.gpus or 'no'} GPUs"
    parts = [gpus, *([f"of type {limits.gpu}"] if limits.gpu else [])]
    parts += [f"on each of {limits.nodes} nodes"] if limits.nodes > 1 else []
    cpus = "1 CPU" if limits.cpus == 1 else f"{limits.cpus} CPUs"
    return " ".join([*parts, *([f"and {cpus}"] if one.stage.timing else [])])


@check("E385", after=UNKNOWN)
def command_that_launches_by_itself(context: Context) -> Iterator[Finding]:
    for one in asked(context):
        program = one.stage.program
        words = program.command.split() if program else []
        names = [words[0].rpartition("/")[2] if words else "", *(word for word in words if word in MODULES)]
        name = next((name for name in names if name in LAUNCHERS or name in MODULES), "")
        if one.limits.launcher and name:
            message = f"{name} starts processes itself, and `launcher: {one.limits.launcher}` starts each of them again"
            yield Finding(stated(context, one, "launcher"), message, "name the program itself, or remove the launcher")
