"""A site in, what its jobs' shell does before their command out: run by a real one, as strict as Snakemake's."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from expc.runner.before import before

MODULE = 'module() { echo "$@" >&2; : "$UNSET"; false; [ "$2" != gone ]; }\n'  # as careless as real ones


def run(site: dict[str, Any] | None, *, module: str, folder: Path) -> tuple[int, str, str]:
    told = "${EXPC_APPTAINER_ARGUMENTS:-}"
    script = f"set -euo pipefail\n{module}{before(site)}echo ${{TMPDIR:-unset}} ${{-}} {told}"
    environment = {"PATH": "/usr/bin:/bin", "SLURM_JOB_ID": "7", "FOLDER": str(folder)}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("site", [None, {}, {"name": "lab"}])
def test_where_a_site_says_nothing_nothing_stands_before_a_command(site: dict[str, Any] | None) -> None:
    assert before(site) == ""


def test_modules_are_loaded_in_their_order_and_the_shell_is_as_strict_after_it(tmp_path: Path) -> None:
    status, said, loaded = run({"modules": ["gcc", "apptainer/1.3"]}, module=MODULE, folder=tmp_path)
    assert (status, loaded) == (0, "load gcc apptainer/1.3\n")
    assert {"e", "u"} <= set(said.split()[1])


def test_a_module_that_is_not_there_ends_the_job(tmp_path: Path) -> None:
    assert run({"modules": ["gone"]}, module=MODULE, folder=tmp_path)[:2] == (1, "")


def test_temporary_files_go_to_a_folder_of_the_job(tmp_path: Path) -> None:
    status, said, _ = run({"node_storage": "$FOLDER/local/$SLURM_JOB_ID"}, module="", folder=tmp_path)
    assert (status, said.split()[0]) == (0, f"{tmp_path}/local/7")
    assert (tmp_path / "local" / "7").is_dir()


def test_what_apptainer_is_given_besides_comes_through_the_shell_as_it_is_written(tmp_path: Path) -> None:
    arguments = ["--rocm", "--bind=/opt/my site:/opt/site", "$HOME's"]
    status, said, _ = run({"apptainer": arguments}, module="", folder=tmp_path)
    assert (status, shlex.split(said.split(" ", 2)[2])) == (0, arguments)
