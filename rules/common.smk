import functools
import json
import os
import subprocess
import sys

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(workflow.basedir))
from runner import batches, before, container, devices, forgiving
from runner import experiments, granted, hand_on, outcome, packing, placement, places
from runner import together

try:
    WORKFLOW = experiments.read_experiments()
    # The cluster's profile says so: config: [site=workflow/site.json]. Without, everything runs on this machine.
    SITE = placement.stated(config["site"]) if "site" in config else None
except batches.Damaged as problem:
    raise WorkflowError(str(problem))
EXPERIMENTS = WORKFLOW["experiments"]
MARKER = batches.MARKER
CORES = 1 if SITE else workflow.cores
# Code and data are prepared where Snakemake was started, or by jobs.
PREPARED_HERE = SITE is None or SITE["prepare"] == "here"
# Absolute, with its braces doubled: Snakemake formats it, and the project's folder may have any name.
ENVIRONMENT = (
    os.path.join(workflow.basedir, "envs", "expc.yaml")
    .replace("{", "{{")
    .replace("}", "}}")
)

batches.prepare_jobs()
forgiving.forgive(sys.modules.get("snakemake_executor_plugin_slurm"))

# What stands before a batch's command: in a SLURM job, what knows when that ends, and lets it go on after that.
WITHIN = "" if workflow.is_main_process else batches.within(os.environ)
# And before that, what every job of the site needs: modules, and where temporary files go.
BEFORE = "" if workflow.is_main_process else before.before(SITE)


# SLURM asks this process to end, and not the batch's command, when it takes a node from a job.
if WITHIN:
    hand_on.hand_on()


def refuse(reasons):
    if reasons:
        raise WorkflowError("\n".join(reasons))


if workflow.is_main_process:
    refuse(places.blocked(EXPERIMENTS) + batches.unreadable(EXPERIMENTS))


wildcard_constraints:
    name="|".join(EXPERIMENTS),
    plan="[0-9a-f]+",
    step="[A-Za-z_][A-Za-z0-9_.-]*",
    first=r"\d+",
    last=r"\d+",
    n=r"\d+",


@functools.cache
def state(name):
    """What is left to do; looked up once, by the main process alone."""
    try:
        return batches.state(
            name,
            EXPERIMENTS[name]["plan"],
            EXPERIMENTS[name]["trials_per_job"],
            SITE,
            packing.MOST // len(EXPERIMENTS),
        )
    except batches.Damaged as problem:
        raise WorkflowError(str(problem))


def mine(wildcards):
    """The trials that a batch is for. A start inside a job looks at no results."""
    if not workflow.is_main_process:
        return []
    marker = MARKER.format(**dict(wildcards.items())) + ".done"
    return state(wildcards.name).batches.get(marker, [])


def needed(wildcards):
    """The code, data and images of a batch, and the unfinished batches that it takes from."""
    trials = mine(wildcards)
    starting = trials and wildcards.step != batches.READ
    training = trials and wildcards.step not in batches.APART
    return (
        batches.needs(trials)
        + (container.images(state(wildcards.name).header, trials) if starting else [])
        + (batches.above(trials, state(wildcards.name).trains) if training else [])
    )


def job(wildcards):
    """What a batch's job asks the scheduler for; nothing on this machine. Inside it, what it was given counts."""
    if SITE is None:
        return {}
    plan = batches.plan_file(wildcards.name, wildcards.plan)
    trials = mine(wildcards)
    first = int(wildcards.first)
    _, (need, *_) = together.at_step(
        wildcards.step, {"stages": {}}, trials or outcome.planned(plan, first, first)
    )
    asked = placement.job(SITE, need, len(trials) or 1)
    if asked is None:
        raise WorkflowError(
            f"no partition of the site {SITE['name']} has what stage {need['stage']} of {wildcards.name} needs; "
            "`expc compile` with its site file says more"
        )
    given = os.environ.get("SLURM_CPUS_PER_TASK")
    return {**asked, **({"cpus_per_task": int(given)} if given and not trials else {})}


def tell_what_is_left():
    """At the end of a run in which something failed. Jobs don't speak: the start that submitted them does."""
    if workflow.is_main_process:
        lacks = [
            batches.left(name, experiment["plan"])
            for name, experiment in EXPERIMENTS.items()
        ]
        for words in [*filter(None, lacks), *places.shut(EXPERIMENTS)]:
            print(words, file=sys.stderr)


def asked(resource):
    """A resource of a batch's job, as Snakemake asks for it; one that is None isn't asked for."""
    return lambda wildcards: job(wildcards).get(resource)


# Only with a site: to Snakemake a resource that is None is one that is asked for, and it can't convert it.
ASKED = {} if SITE is None else {name: asked(name) for name in placement.ASKED}


def cores(wildcards):
    return job(wildcards).get("cpus_per_task", CORES)


def described(wildcards):
    return (
        batches.describe(mine(wildcards))
        if mine(wildcards)
        else f"lines {wildcards.first} to {wildcards.last}"
    )


def check_start():
    """Before a job is started, let alone queued: without secrets and containers, trials would fail, or wait in vain."""
    left = [state(name).todo for name in EXPERIMENTS]
    lacks = [lack for todo in left for lack in granted.missing(todo, os.environ)]
    # Where jobs run elsewhere, Apptainer need not be here, and each job looks for itself.
    here = "site" not in config
    lacks += [
        lack for todo in left for lack in container.missing(todo, os.environ, here=here)
    ]
    if here:
        lacks += [lack for todo in left for lack in devices.missing(todo, os.environ)]
    refuse(lacks)


def check_places():
    refuse(places.shut(EXPERIMENTS) + (places.misread(os.getcwd()) if SITE else []))


def check_site():
    """Before a job is submitted: each would be refused, one after the other."""
    if SITE is None:
        return
    done = subprocess.run(
        [sys.executable, "-P", "-m", "expc", "internal", "site"],
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise WorkflowError(done.stderr)


def batches_of(wildcards):
    return list(state(wildcards.name).batches)


def newest(wildcards):
    return state(wildcards.name).newest


def definition(wildcards, kind):
    """A table or a figure as the spec defines it: when it changes, it is made again."""
    return json.dumps(
        EXPERIMENTS[wildcards.name][kind][wildcards.answer], sort_keys=True
    )


def unfinished(wildcards):
    return [marker for name in EXPERIMENTS for marker in state(name).batches]


def answers(wildcards):
    return [
        f"results/{name}/{kind}/{answer}.{ending}"
        for name, experiment in EXPERIMENTS.items()
        for kind, ending in (("tables", "md"), ("figures", "svg"))
        for answer in experiment[kind]
    ]
