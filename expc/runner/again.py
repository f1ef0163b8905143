"""A batch and its stage's environment in, the runner that its trials need out: with the variables that they get, and
in their container, their virtual environment or with their modules, where the stage has any."""

import os
import shlex
import shutil
import sys
import tempfile

from . import confine, container, granted, outcome
from .allotted import told
from .environment import allowed, of_modules
from .files import make
from .keeper import keep


def start_again(asked, top, trials, say):
    """The exit status of the runner in a container, or of what can't be started; else this process becomes the other.

    The hash seed and the number of threads are fixed when Python starts, so that each runner starts twice."""
    secrets = granted.carried(top, os.environ)
    # Snakemake says who it is: it may have died while we start, and then our parent is somebody else.
    parent = int(os.environ.get("EXPC_PARENT", os.getppid()))
    if container.container(top, trials[0]["stage"]):
        return contained(asked, top, trials, secrets, parent, say)
    stated = granted.granted(top, trials[0]["stage"])
    venv = os.path.abspath(stated["venv"]) if "venv" in stated else None
    if venv and not os.access(os.path.join(venv, "bin", "python"), os.X_OK):
        say(f"{stated['venv']} is no virtual environment, for want of bin/python: make it, or name another one")
        return 1
    words = [os.path.dirname(os.path.abspath(__file__)), *sys.argv[1:], "--isolated", "--parent", str(parent)]
    words += told(os.environ)
    python = os.path.join(venv, "bin", "python") if venv else None
    environ = {**allowed(os.environ, trials[0]["cpus"], venv), **secrets}
    if stated.get("modules"):
        words = with_modules(python, words, stated["modules"])
        environ = {**of_modules(os.environ), **environ}
    else:
        words = [python or sys.executable, *words]
    os.execve(words[0], words, environ)
    return None  # never


def with_modules(python, words, modules):
    """The words by which a shell loads modules and then becomes Python: `python`, or the one that the modules bring.

    `module` is a function, which the system's profile defines; Debian's also sets another PATH."""
    load = " ".join(map(shlex.quote, ["module", "load", *modules]))
    program = shlex.quote(python or "python3")
    script = f'{PROFILE}\n{load} || exit 1\nexec {program} "$@"'
    shell = shutil.which("bash") or "/bin/bash"
    return [shell, "-c", script, "runner", *words]


PROFILE = """\
before=$PATH
if ! type module >/dev/null 2>&1; then . /etc/profile >/dev/null 2>&1; fi
PATH=$before
if ! type module >/dev/null 2>&1; then
    echo "the spec names modules, and there is no command 'module' on $(uname -n)"
    exit 1
fi"""


def contained(asked, top, trials, secrets, parent, say):
    """The exit status of the runner in the stage's container."""
    lacks = container.obstacles(top, [trials[0]["stage"]], os.environ)
    stated = container.container(top, trials[0]["stage"])
    if not lacks and not os.path.exists(stated["image"]):
        lacks = [f"{stated['image']} isn't there; snakemake makes it"]
    make(outcome.TRIALS)
    confining = confine.possible(os.path.abspath(outcome.TRIALS))
    if not confining and len(trials) > container.MOST:
        lacks.append(CROWDED.format(len(trials), container.MOST))
    if lacks:
        say("\n".join(lacks))
        return 1
    for folder in container.to_make(trials, confining):
        make(folder)
    scratch = tempfile.mkdtemp(prefix="expc-")
    starter = container.installed(os.environ)
    words = container.command(top, trials, asked, starter=starter, scratch=scratch, confining=confining)
    words += told(os.environ)
    environ = container.surroundings(os.environ, trials[0]["cpus"], secrets)
    status = keep(words, environ, parent=parent, scratch=scratch)
    if status == APPTAINERS_OWN:
        say(f"{starter} could not run python3 in {stated['image']}: the lines above say why")
    return status


CROWDED = (
    "{} trials in one container, each of which can write into its own folder alone: this machine lets ordinary users"
    " have no mount namespace, and Apptainer binds {} folders one by one; state `resources.trials_per_job` in the spec"
)
APPTAINERS_OWN = 255
