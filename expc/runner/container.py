"""A batch whose stage names a container in, the command that starts the runner inside it out, with its environment.

What is secret is in the environment alone: everybody can read a command line."""

import os
import shlex
import shutil
import sys
from typing import Dict

from . import environment
from .granted import granted
from .outcome import TRIALS
from .task import CACHE, CODE, INPUTS, PREPARED, program

PROGRAMS = ("apptainer", "singularity")
SEEN = ("workflow", CODE, PREPARED, INPUTS)
"""What can be read in there, beside the trials."""
MACHINE = ("/etc/hosts", "/sys/fs/cgroup")
"""Else `localhost` would be unknown to some images, since what the site binds by itself stays out (it may be writable);
and nobody could tell how much memory the job may use, or that the kernel killed for want of it."""
MOST = 1000
"""Folders that are bound one by one; with 3,000 of them, Apptainer's command line is too long."""
BEFORE = ("APPTAINERENV_", "SINGULARITYENV_")
THEIRS = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH"),
    *("APPTAINER_CACHEDIR", "APPTAINER_TMPDIR", "APPTAINER_CONFIGDIR"),
)
"""What the program itself gets. Not APPTAINER_BIND and its like: a spec's results don't depend on who starts them."""
ARGUMENTS = "EXPC_APPTAINER_ARGUMENTS"
"""What the site file gives `apptainer exec` besides, as a shell writes it."""
MARK = "ran outside its container"


def container(top, stage):
    """What the plan's header says of the stage's container; None if it has none, or is to be left out."""
    return None if top.get("outside") else granted(top, stage).get("container")


def marks(top, stage):
    """Why a trial of this stage isn't what the experiment asked for."""
    return [MARK] if top.get("outside") and "container" in granted(top, stage) else []


def images(top, trials):
    """The images that these trials need and the workflow makes."""
    found = [container(top, stage) for stage in dict.fromkeys(trial["stage"] for trial in trials)]
    return list(dict.fromkeys(one["image"] for one in found if one and one["kind"] != "sif"))


def installed(environ):
    """The program that starts containers; None if it isn't there."""
    return next(filter(None, (shutil.which(name, path=environ.get("PATH")) for name in PROGRAMS)), None)


def missing(todo, environ, here=True):
    """What keeps a plan's stages out of their containers; nothing where nothing is left to be done. Where jobs don't
    run `here`, what starts containers is asked for only if an image is still to be made."""
    top = todo.header
    if not any(container(top, stage) for stage in top["stages"]):
        return []
    stages = todo.stages
    if not here:
        stages = [stage for stage in stages if not os.path.exists((container(top, stage) or NONE)["image"])]
    return obstacles(top, stages, environ)


NONE = {"image": os.devnull}


def obstacles(top, stages, environ):
    """What keeps these stages out of their containers, a sentence for each; `stages` have something to do."""
    found: Dict[str, str] = {}
    for stage in stages:
        stated = container(top, stage)
        if stated and installed(environ) is None:
            found.setdefault("program", absent(top, stage, stated))
        elif stated and stated["kind"] == "sif" and not os.path.exists(stated["image"]):
            found.setdefault(stated["image"], gone(top, stage, stated))
    return list(found.values())


def absent(top, stage, stated):
    return (
        f"stage {stage} of {top['name']} runs in the container {stated['reference']}, and there is neither apptainer"
        f" nor singularity on the PATH of {os.uname().nodename}: install one, or load its module. Compiling with"
        " --no-container lets the trials run without, and marks their outcomes"
    )


def gone(top, stage, stated):
    return (
        f"stage {stage} of {top['name']} runs in the container {stated['reference']}, and {stated['image']} isn't"
        " there: put it back, or name another one in the spec and compile again"
    )


def command(top, trials, asked, *, starter, scratch, confining):
    """The words that start the runner inside. `scratch` is a folder on this machine, for what is temporary;
    `confining` says that the runner in there can keep each trial in its folder."""
    stated = container(top, trials[0]["stage"])
    project, runner = os.getcwd(), os.path.dirname(os.path.abspath(__file__))
    words = [starter, "--quiet", "exec", "--containall", "--no-home", "--cleanenv", "--no-eval"]
    words += ["--no-mount", "bind-paths,hostfs,cwd", "--workdir", scratch, "--pwd", project]
    words += ["--nv"] if trials[0].get("gpus") else []
    words += shlex.split(os.environ.get(ARGUMENTS, ""))
    for path in [*seen(runner, asked.plan, project), *filter(os.path.exists, MACHINE)]:
        words += ["--mount", mount(path, path, writable=False)]
    for one in granted(top, trials[0]["stage"]).get("binds", ()):
        words += ["--mount", mount(one["from"], one["to"], writable=False)]
    for path, writable in folders(trials, confining):
        words += ["--mount", mount(path, path, writable=writable)]
    confine = ["--confine"] if confining else []
    return [*words, os.path.abspath(stated["image"]), "python3", runner, *sys.argv[1:], "--isolated", *confine]


def seen(runner, plan, project):
    """Folders and files that can be read; a runner and a plan outside of workflow/ are those of a test."""
    found = [os.path.join(project, name) for name in SEEN if os.path.exists(name)]
    others = (runner, os.path.abspath(plan))
    return found + [path for path in others if not path.startswith(os.path.join(project, SEEN[0], ""))]


def folders(trials, confining):
    """(folder, whether it is writable) of all trials, and of what templates keep for all their trials."""
    whole = os.path.abspath(TRIALS)
    yield whole, confining
    if not confining:
        yield from ((os.path.join(whole, trial["id"]), True) for trial in trials)
    for template in sorted({template for template in map(caching, trials) if template}):
        yield os.path.abspath(os.path.join(CACHE, template)), True


def to_make(trials, confining):
    """The folders that must be there to be bound."""
    return [path for path, writable in folders(trials, confining) if writable]


def caching(trial):
    """The template of a trial, if its trials share a cache."""
    try:
        variant = program(trial["variant"])
    except (OSError, ValueError):  # the runner says what is missing
        return None
    return variant["template"] if variant.get("cache") else None


def mount(source, target, *, writable):
    """One argument of `--mount`, which is a line of CSV: a path may hold commas, colons and quotes."""
    fields = ["type=bind", f"source={os.path.realpath(source)}", f"destination={target}", *([] if writable else ["ro"])]
    return ",".join('"' + field.replace('"', '""') + '"' if set(field) & set(',"') else field for field in fields)


def surroundings(environ, cpus, secrets):
    """The environment of Apptainer itself, in which that of the runner is handed on."""
    inside = dict(environment.inside(environ, cpus), **secrets)
    handed = {before + name: value for name, value in inside.items() for before in BEFORE}
    return dict({name: environ[name] for name in THEIRS if name in environ}, **handed)
