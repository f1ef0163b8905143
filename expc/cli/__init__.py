"""The command line: the only room that prints and exits."""

from __future__ import annotations

import sys
import traceback

import rich_click as click

from expc import __version__
from expc.cli.check import check, explain, schema
from expc.cli.compile import compile_, plan
from expc.cli.internal import internal
from expc.cli.run import retry, run, tables
from expc.errors import ExpcError

FINE, PROBLEM, OUR_BUG, USAGE, INTERRUPTED = 0, 1, 3, 64, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="expc")
def cli() -> None:
    """Compile an experiment, declared in YAML, into a Snakemake workflow, and run it.

    Exit codes: 0 fine, 1 a problem in the spec or the run, 3 our bug, 64 usage, 130 interrupted."""


for command in (check, explain, schema, plan, compile_, run, retry, tables, internal):
    cli.add_command(command)


def main() -> None:
    """Run the command; every error becomes words and an exit code here."""
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE
    except ExpcError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return PROBLEM
    except OSError as error:
        click.echo(f"{error.filename or 'expc'}: {error.strerror}", err=True)
        return PROBLEM
    except Exception:  # noqa: BLE001  (the CLI's boundary)
        traceback.print_exc()
        click.echo("This is a bug of expc. Please report it, with the lines above and the spec.", err=True)
        return OUR_BUG
    return code if isinstance(code, int) else FINE
