"""Where containers are refused: a virtual environment's Python, and modules, which the runner starts again with."""

from __future__ import annotations

import json
import os
import sys
import venv
from pathlib import Path

import pytest

TELLS = "json.dump([sys.prefix, dict(os.environ)], open('seen.json', 'w'))"
MODULE = """\
#!/bin/sh
echo "$@" >>"{folder}/loaded"
test "$2" != missing/1.0 || {{ echo "Lmod has detected the following error: missing/1.0"; exit 1; }}
"""


def stage(**environment):
    return {"train": {"environment": environment}}


@pytest.fixture
def module(tmp_path):
    """A program instead of the function that sites define: it tells what it is asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "module").write_text(MODULE.format(folder=folder))
    (folder / "module").chmod(0o755)
    return folder


def seen(project):
    return json.loads(project.of("t1", "seen.json").read_text())


def test_a_virtual_environment_runs_the_trials_as_if_it_were_activated(project, tmp_path):
    venv.create(tmp_path / "mine", symlinks=True)
    project.plan(project.trial("t1", params={"do": TELLS}), stages=stage(venv="mine"))
    assert project.run()[0] == 0
    prefix, environ = seen(project)
    assert prefix == environ["VIRTUAL_ENV"] == str(tmp_path / "mine")
    assert environ["PATH"].split(os.pathsep)[0] == str(tmp_path / "mine" / "bin")


def test_one_that_isnt_there_is_named(project):
    project.plan(project.trial("t1"), stages=stage(venv="mine"))
    code, said = project.run()
    assert (code, project.starts()) == (1, [])
    assert said == "mine is no virtual environment, for want of bin/python: make it, or name another one\n"


@pytest.mark.parametrize("within", [None, "mine"])
def test_modules_are_loaded_before_python_starts(project, module, tmp_path, within):
    venv.create(tmp_path / "mine", symlinks=True)
    names = ["python/3.11", "cuda/12.4; touch evil"]
    project.plan(
        project.trial("t1", params={"do": TELLS}), stages=stage(modules=names, **({"venv": within} if within else {}))
    )
    environ = {"PATH": f"{module}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"}
    code, said = project.run(env={**environ, "MODULEPATH": "/m", "LOADEDMODULES": "old/1", "API_KEY": "k"})
    assert code == 0, said
    assert (module / "loaded").read_text() == "load python/3.11 cuda/12.4; touch evil\n"
    prefix, environ = seen(project)
    assert prefix == (str(tmp_path / "mine") if within else sys.prefix)
    assert [environ.get(name) for name in ("MODULEPATH", "LOADEDMODULES", "API_KEY")] == ["/m", None, None]


@pytest.mark.parametrize(
    ("names", "path", "said"),
    [
        (["missing/1.0"], True, "Lmod has detected the following error: missing/1.0"),
        (["any/1.0"], False, "the spec names modules, and there is no command 'module' on"),
    ],
)
def test_a_module_that_cant_be_loaded_starts_nothing(project, module, names, path, said):
    project.plan(project.trial("t1"), stages=stage(modules=names))
    code, found = project.run(env={"PATH": f"{module}:/usr/bin:/bin" if path else "/usr/bin:/bin"})
    assert (code, project.starts()) == (1, [])
    assert said in found
