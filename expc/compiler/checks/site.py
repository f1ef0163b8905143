"""What trials ask for and the site that they are compiled for in, what no partition there has out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from expc.compiler.checks.resources import UNKNOWN, Asked, asked, stated
from expc.compiler.checks.rule import Context, Finding, check
from expc.compiler.meaning.scope import StageScope
from expc.compiler.reading.grammar import duration
from expc.compiler.reading.site import Site
from expc.errors import nearest
from expc.runner import placement
from expc.spec import Resources

Partition = Mapping[str, Any]


class Homeless(NamedTuple):
    """Trials that no partition takes, and what each partition lacks."""

    one: Asked
    need: Mapping[str, Any]
    site: Site
    lacks: tuple[tuple[Partition, tuple[str, ...]], ...]

    def alone(self, name: str) -> bool:
        """Whether this is what every partition lacks."""
        return bool(self.lacks) and all(name in lack for _, lack in self.lacks)


def homeless(context: Context) -> Iterator[Homeless]:
    """A trial whose time alone is too long is at home where it can go on from a checkpoint: in a chain of jobs."""
    if context.site is None:
        return
    for one in asked(context):
        need = need_of(one.limits)
        place = placement.placed(context.site.values, need)
        if place is None or (placement.lacks(place, need) and not goes_on(one.stage)):
            open_to = [it for it in context.site.partitions if need["preemptible"] or not it["preemptible"]]
            lacks = tuple((it, tuple(placement.lacks(it, need))) for it in open_to)
            yield Homeless(one, need, context.site, lacks)


def need_of(limits: Resources) -> dict[str, Any]:
    """Resources in the words of a plan's line."""
    return {
        "cpus": limits.cpus,
        "memory": limits.memory,
        "time": limits.time,
        "gpus": limits.gpus,
        **({"gpu": limits.gpu} if limits.gpu else {}),
        "nodes": limits.nodes,
        "preemptible": limits.preemptible,
        "at_once": limits.trials_at_once,
    }


def goes_on(stage: StageScope) -> bool:
    """Whether a trial that is stopped goes on from a checkpoint; of one step, there is none before its end."""
    if stage.template is not None:
        return stage.template.selects is not None and not stage.template.fits_once
    return stage.program is not None and stage.program.resume is not None


@check("E501", after=UNKNOWN)
def gpus_that_the_site_lacks(context: Context) -> Iterator[Finding]:
    for found in homeless(context):
        if found.alone("gpus"):
            yield Finding(stated(context, found.one, "gpus"), *_gpus(found))


def _gpus(found: Homeless) -> tuple[str, str]:
    need, site = found.need, found.site
    kind = need.get("gpu", "")
    wanted = f"{need['gpus']} GPU{'s' if need['gpus'] > 1 else ''}{f' of type {kind}' if kind else ''}"
    elsewhere = [it["name"] for it in site.partitions if it["preemptible"] and placement.has_gpus(it, need)]
    if elsewhere:
        message = f"at {site.name} only preemptible partitions have {wanted} in a node: {', '.join(elsewhere)}"
        return message, "say `preemptible: true`, so that trials go there, and go on elsewhere when they are ended"
    types = {name: n for it in site.partitions for name, n in sorted(it["gpus"].items(), key=lambda pair: pair[1])}
    if not types:
        return f"no partition of {site.name} has GPUs, says {_file(site)}", "ask for none, or name another site"
    if kind and kind not in types:
        return f"no partition of {site.name} has GPUs of type {kind!r}", nearest(kind, filter(None, types))
    most = types[kind] if kind else max(types.values())
    message = f"no node of {site.name} has {wanted}: it has {most} at most, says {_file(site)}"
    return message, "`gpus` are of one node: ask for fewer, and for more `nodes` if the program runs on several"


def _most(code: str, name: str, of: Callable[[Partition], Any], words: Callable[[Any], str], hint: str) -> None:
    """A rule for what has a largest value at a site. `of` is a partition's value; None where its file says none."""

    @check(code, after=UNKNOWN)
    def too_much(context: Context) -> Iterator[Finding]:
        for found in homeless(context):
            if found.alone(name):
                best, most = max(((it, of(it)) for it, _ in found.lacks), key=lambda pair: pair[1])
                line = found.site.document.position(("partitions", best["name"], name))[0]
                message = (
                    f"a job of these trials needs {words(_needed(found.need, name))}, and no partition"
                    f" of {found.site.name}{_open_to(found)} gives more than {words(most)}"
                    f" ({best['name']}, {_file(found.site)}:{line})"
                )
                yield Finding(stated(context, found.one, name), message, hint)


def _needed(need: Mapping[str, Any], name: str) -> int:
    together = {"cpus": need["at_once"], "memory": need["at_once"]}.get(name, 1)
    return int(need[name] * together + (placement.STARTS if name == "memory" else 0))


def _open_to(found: Homeless) -> str:
    closed = len(found.lacks) < len(found.site.partitions)
    return " (those that preempt apart)" if closed else ""


def _file(site: Site) -> str:
    return str(site.values["file"])


_most(
    "E502",
    "time",
    lambda partition: partition["time"],
    duration,
    "ask for less; a program that can `resume` from a checkpoint may ask for more, and runs as a chain of jobs",
)
_most(
    "E503",
    "memory",
    lambda partition: partition["memory"],
    lambda memory: f"{memory} MiB",
    f"ask for less; a job takes `trials_at_once` times as much, and {placement.STARTS} MiB for itself",
)
_most(
    "E504",
    "cpus",
    lambda partition: partition["cpus"],
    lambda cpus: f"{cpus} CPU{'s' if cpus > 1 else ''}",
    "`cpus` are of one node, and a job takes `trials_at_once` times as many: ask for fewer",
)
_most(
    "E505",
    "nodes",
    lambda partition: partition["nodes"],
    lambda nodes: f"{nodes} node{'s' if nodes > 1 else ''}",
    "ask for fewer; or, if the site has more, say so under its partition: `nodes: 8`",
)


@check("E506", after=f"{UNKNOWN} E501 E502 E503 E504 E505")
def no_partition_that_has_all(context: Context) -> Iterator[Finding]:
    for found in homeless(context):
        if any(found.alone(name) for name in placement.OFFERS):
            continue
        nearly = sorted(found.lacks, key=lambda pair: len(pair[1]))
        short = "; ".join(f"{it['name']} lacks {', '.join(lack)}" for it, lack in nearly[:5])
        where = stated(context, found.one, (nearly[0][1] if nearly else ("preemptible",))[0])
        if not nearly:
            message = (
                f"all partitions of {found.site.name} are preemptible, and these trials don't say that they may be"
            )
            yield Finding(where, message, "say `preemptible: true` in `resources`")
            continue
        message = f"no partition of {found.site.name} has all that these trials ask for together: {short}"
        yield Finding(where, message, "ask for less of what the nearest one lacks, or name another site")
