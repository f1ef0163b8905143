"""The command line: the only room that prints and exits."""

from __future__ import annotations

import gc
import sys
import traceback
from io import TextIOWrapper

import rich_click as click

from expc import __version__
from expc.cli.colour import colours
from expc.cli.commands.accept import accept
from expc.cli.commands.cancelling import cancel
from expc.cli.commands.check import check, explain, schema
from expc.cli.commands.compile import compile_, plan
from expc.cli.commands.completion import completion
from expc.cli.commands.cost import cost
from expc.cli.commands.graph import graph
from expc.cli.commands.health import doctor
from expc.cli.commands.images import image
from expc.cli.commands.internal import internal
from expc.cli.commands.logs import logs
from expc.cli.commands.run import retry, run, tables
from expc.cli.commands.shell import shell
from expc.cli.commands.starting import init, new_template
from expc.cli.commands.status import status
from expc.cli.commands.trying import try_
from expc.errors import ExpcError
from expc.runner.outcome import Damaged
from expc.runner.places import words

COLLECT = 100_000
"""So many new objects until Python looks for circles: a large plan has none, and looking takes a tenth of its time."""
FINE, PROBLEM, OUR_BUG, USAGE, INTERRUPTED = 0, 1, 3, 64, 130


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="expc")
@click.pass_context
def cli(context: click.Context) -> None:
    """Compile an experiment, declared in YAML, into a Snakemake workflow, and run it.

    Exit codes: 0 fine, 1 a problem in the spec or the run, 3 our bug, 64 usage, 130 interrupted. Trials that fail are
    results, and no problem of the run, unless the spec says `on_failure: stop`."""
    context.color = colours()


for command in (
    *(init, new_template, check, explain, schema, plan, graph, compile_, try_, run, status, logs, cost),
    *(cancel, retry, accept, tables, image, shell, doctor, completion, internal),
):
    cli.add_command(command)


def main() -> None:
    """Run the command; every error becomes words and an exit code here."""
    gc.set_threshold(COLLECT)
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")  # a locale without `·` gets a question mark, not a traceback
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli(standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the CLI's boundary)
        return _reported(error)
    return code if isinstance(code, int) else FINE


def _reported(error: BaseException) -> int:
    """Say what happened; the exit code that goes with it."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            code = INTERRUPTED
        case click.ClickException():
            error.show()
            code = USAGE
        case ExpcError():
            click.echo(str(error), err=True)
            code = error.exit_code
        case Damaged():
            click.echo(str(error), err=True)
            code = PROBLEM
        case BrokenPipeError():
            sys.stderr.close()
            code = PROBLEM
        case OSError():
            click.echo(words(error), err=True)
            code = PROBLEM
        case _:
            traceback.print_exception(error)
            click.echo("This is a bug of expc. Please report it, with the lines above and the spec.", err=True)
            code = OUR_BUG
    return code
