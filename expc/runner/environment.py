"""The environment that the runner was started in, in; the one that its trials get, out."""

import math
import os
import re
import site
import sys
import time

# What a program needs to find its libraries and devices. Everything else stays out: keys above all.
ALLOWED = re.compile(
    r"PATH|LANG|LC_\w+|TZ|TMPDIR|USER|LOGNAME|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|VIRTUAL_ENV|CONDA_PREFIX"
    r"|CUDA_\w+|NVIDIA_\w+|ROCR_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|SLURM_\w+|SLURMD_NODENAME|EXPC_STARTED|APPTAINER_NAME|SINGULARITY_NAME"
)
# SLURM_JWT is a password, and somebody has a CUDA_LICENSE_TOKEN.
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|JWT|CREDENTIAL|AUTH", re.IGNORECASE)
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "EXPC_CPUS",
)
# Of it, what says where things are on this machine, and is wrong in a container.
HERE = re.compile(
    r"PATH|TMPDIR|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|VIRTUAL_ENV|CONDA_PREFIX|APPTAINER_NAME|SINGULARITY_NAME"
)
# Where modules are found, and the function by which they are loaded. Not which are loaded: of what those have set, most
# stays out.
MODULAR = re.compile(
    r"MODULEPATH|MODULESHOME|MODULES_CMD|LMOD_(CMD|DIR|PKG|ROOT)|BASH_FUNC_(module|_module_raw|ml)(%%|\(\))"
)
NOWHERE = "/nonexistent"  # the runner's own home, so that nothing preloaded reads a user's settings


def allowed(environ, cpus, venv=None):
    """What the runner and its trials see of `environ`, as if their virtual environment had been activated: `venv`,
    or that in which we run."""
    found = harmless(environ)
    found.update(threads(cpus), HOME=NOWHERE, PYTHONHASHSEED="0", PYTHONUNBUFFERED="1")
    if venv or sys.prefix != sys.base_prefix:
        folder = os.path.join(venv, "bin") if venv else os.path.dirname(sys.executable)
        found["VIRTUAL_ENV"] = venv or sys.prefix
        found["PATH"] = os.pathsep.join([folder, *(p for p in found.get("PATH", os.defpath).split(":") if p != folder)])
    if site.ENABLE_USER_SITE and not venv:  # is found by HOME otherwise, which is another one for each trial
        found["PYTHONUSERBASE"] = site.getuserbase()
    return found


def inside(environ, cpus):
    """The same in a container, which has paths of its own."""
    found = {name: value for name, value in harmless(environ).items() if not HERE.fullmatch(name)}
    return dict(found, **threads(cpus), PYTHONHASHSEED="0", PYTHONUNBUFFERED="1", PYTHONNOUSERSITE="1")


def of_modules(environ):
    """What a shell needs of `environ` to load modules."""
    return {name: value for name, value in environ.items() if MODULAR.fullmatch(name)}


def harmless(environ):
    return {name: value for name, value in environ.items() if ALLOWED.fullmatch(name) and not SECRET.search(name)}


def threads(cpus):
    return dict.fromkeys(THREADS, str(cpus))


def of_trial(folder, home, cpus, checkpoints, sources, inputs):
    """What a trial in `folder` (absolute) gets besides. `sources` are the files that it takes from other trials, and
    `inputs` those that it is given, by name."""
    found = threads(cpus)
    found.update(
        HOME=home,
        EXPC_TRIAL_DIR=folder,
        EXPC_CHECKPOINT_DIR=os.path.join(folder, "checkpoints"),
        EXPC_CHECKPOINTS=" ".join(checkpoints),
    )
    found.update({variable("EXPC_FROM_", name): path for name, path in dict(sources, **inputs).items()})
    found.update({variable("EXPC_INPUT_", name): path for name, path in inputs.items()})
    return found


def variable(prefix, name):
    return prefix + name.upper().replace("-", "_")


def limit(trial, spent):
    """The limits of a process of the trial, of whose time `spent` seconds are gone."""
    return {"time": None if trial["time"] is None else trial["time"] - spent, "memory": trial["memory"]}


def deadline(seconds, job):
    """What a process learns that may take so many seconds from now on, None if as many as it likes: when it will be
    stopped, and that is when its job will be, if that comes first."""
    first = min(math.inf if seconds is None else time.time() + seconds, job.stop)
    return {} if math.isinf(first) else {"EXPC_DEADLINE": f"{first:.3f}"}
