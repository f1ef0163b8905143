"""The site of a workflow in, the options with which Snakemake runs there out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from expc.assets import asset
from expc.cli import cli
from expc.cli.sites import at_site
from expc.cli.sites.at_site import PROFILE, NoSchedulerError, profile_options
from expc.cli.sites.controlling import AlreadyRunningError
from expc.compiler.reading.site import Site, load_site
from expc.errors import ExpcError
from expc.jobs.controller import COMMENT
from expc.jobs.queue import FIELDS, SEPARATOR


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "lab.yaml").write_text("site: 1\nname: lab\npartitions: {main: {time: 1h}}\n")
    return load_site(str(tmp_path / "lab.yaml"), tmp_path)


@pytest.fixture
def login_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with an sbatch and a squeue, and nothing that tells of the cluster."""
    (tmp_path / "sbatch").touch(mode=0o755)
    (tmp_path / "squeue").write_text("#!/bin/sh\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_without_a_site_or_with_a_profile_of_their_own_runs_get_no_options(site: Site) -> None:
    assert profile_options(None, []) == []
    for option in ("--workflow-profile=mine", "--profile", "--executor"):
        assert profile_options(site, ["--cores", "4", option]) == []


def test_a_run_at_a_site_says_where_it_is_and_how_many_jobs_there_may_be(
    site: Site, login_node: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert profile_options(site, ["--cores", "4"]) == ["--workflow-profile", PROFILE]
    assert capsys.readouterr().err == "Running at lab (lab.yaml), at most 100 jobs at a time.\n"


def test_where_there_is_no_scheduler_it_is_said_how_to_run_here(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSchedulerError, match=r"no login node of lab: there is no sbatch here\.\n .*`--here`"):
        profile_options(site, [])


def test_the_schema_of_site_files_is_printed_as_it_ships() -> None:
    shown = CliRunner().invoke(cli, ["schema", "--site"])
    assert shown.output == asset("schemas", "site.schema.json").read_text(encoding="utf-8")


def test_without_the_executor_it_is_said_what_to_install(
    site: Site, login_node: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_site, "find_spec", lambda name: None)
    with pytest.raises(NoSchedulerError, match=r"pip install 'expc\[slurm\]'"):
        profile_options(site, [])


def test_a_scheduler_that_does_not_answer_is_said_before_snakemake_starts(
    site: Site, login_node: None, tmp_path: Path
) -> None:
    (tmp_path / "squeue").write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2\nexit 1\n")
    with pytest.raises(NoSchedulerError, match=r"answer: Unable to contact slurm controller \(squeue\)\.\n.*`--here`"):
        profile_options(site, [])
    (tmp_path / "squeue").unlink()
    with pytest.raises(NoSchedulerError, match=r"doesn't answer: squeue isn't on this machine\."):
        profile_options(site, [])


@pytest.fixture
def project(site: Site, login_node: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On a login node, with a spec."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(
        "expc: 1\nname: toy\ntask: {command: 'true {x}'}\nparams: {x: 1}\nmetrics: [m]\nresources: {time: 1m}\n"
    )
    return tmp_path


def test_a_cluster_that_does_not_answer_is_refused_before_workflow_is_written(project: Path) -> None:
    (project / "squeue").write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2\nexit 1\n")
    found = CliRunner().invoke(cli, ["run", "spec.yaml", "--site", "lab.yaml"])
    assert isinstance(found.exception, NoSchedulerError)
    assert not (project / "workflow").exists()


@pytest.mark.parametrize("more", [[], ["--here"], ["--controller", "slurm"]])
def test_beside_a_controller_nothing_else_runs_the_workflow(project: Path, more: list[str]) -> None:
    assert CliRunner().invoke(cli, ["compile", "spec.yaml", "--site", "lab.yaml"]).exit_code == 0
    row = {"%A": "4711", "%T": "RUNNING", "%k": COMMENT, "%Z": str(project)}
    line = SEPARATOR.join(row.get(field, "") for field in FIELDS)
    (project / "squeue").write_text(f"#!/bin/sh\necho '{line}'\n")
    found = CliRunner().invoke(cli, ["run", "spec.yaml", *more])
    assert isinstance(found.exception, AlreadyRunningError)
    assert str(found.exception) == (
        "job 4711 runs this project's workflow already (running; its log is results/controller.log).\n"
        "    `expc status` shows how far it is, `expc cancel` or `scancel 4711` ends it; after that,\n"
        "    `expc run` goes on with what is left."
    )


def test_a_folder_in_which_no_job_would_find_its_files_is_refused_before_snakemake_starts(
    site: Site, login_node: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "$HOME").mkdir()
    monkeypatch.chdir(tmp_path / "$HOME")
    with pytest.raises(ExpcError, match=r"\$HOME: SLURM's commands and a shell take '\$' in a path for something else"):
        profile_options(site, [])
