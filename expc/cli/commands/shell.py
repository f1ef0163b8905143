"""`expc shell`: a trial in, a shell in a copy of its folder out, with its environment and nothing of yours."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import rich_click as click

from expc.cli.commands.completion import complete_trials
from expc.cli.tally import Line
from expc.cli.trials import one_trial, words_of
from expc.errors import ExpcError


@click.command()
@click.argument("trial", nargs=-1, required=True, metavar="TRIAL...", shell_complete=complete_trials)
@click.option("-c", "command", metavar="COMMAND", help="Run this and return, instead of a shell to type in.")
def shell(trial: tuple[str, ...], command: str | None) -> int:
    """Open a shell as a trial would see the world: its folder, code, parameters and environment, and no network.

    TRIAL is the beginning of an id, or words such as `encoder=cnn seed=0`; of several trials that differ in their seeds
    alone it is the first. The folder is a copy: nothing that you do
    in it changes a result. It goes when the shell ends."""
    from expc.runner.container import container
    from expc.runner.visit import leave_the_network, visit

    header, found = one_trial(trial)
    _make(found)
    program = os.environ.get("SHELL") or "/bin/sh"
    if boxed := container(header, found["stage"]):
        click.echo(f"The trial runs in the container {boxed['reference']}; this shell is outside of it.", err=True)
    root = Path(tempfile.mkdtemp(prefix="expc-shell-"))
    try:
        visited = visit(header, found, str(root))
        if command is None:
            words = " ".join(words_of(found))
            click.echo(f"A copy of trial {found['id']} ({words}). Its program starts with", err=True)
            click.echo(f"    {shlex.join(visited.command)}", err=True)
        started = [program, *(["-c", command] if command is not None else [])]
        done = subprocess.run(
            started,
            cwd=visited.where,
            env=visited.environment,
            preexec_fn=partial(leave_the_network, header, found),
            check=False,
        )
        visited.leave()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _make(trial: Line) -> None:
    """The trial's code and data, as the workflow's rules would make them."""
    from expc.cli.commands.internal import make_code, make_data

    if not Path("results/code", trial["variant"], "variant.json").is_file():
        make_code(trial["variant"])
    if trial["data"] and not Path("results/data", trial["data"], "data.json").is_file():
        make_data(trial["data"])
    for of, _ in trial.get("inputs", {}).values():
        if not Path("results/inputs", of, "input.json").is_file():
            raise ExpcError(f"results/inputs/{of} isn't there yet; `expc run` fetches it")
    for source, path in trial["from"].values():
        if not Path("results/trials", source, path).exists():
            raise ExpcError(f"it takes from trial {source}, which has left no {path}; `expc run` trains that one first")
