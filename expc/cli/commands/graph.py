"""`expc graph`: specs in, their stages and what takes from what out, as text, DOT, Mermaid or SVG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from expc.cli.planning.stages import Graph

FORMS = ("text", "dot", "mermaid", "svg")


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC...]")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A file instead.")
def graph(specs: tuple[str, ...], form: str, output: Path | None) -> None:
    """Show the stages of experiments: their factors, how many trials they have, and what takes from what.

    Of specs as they are now; without any, of those that were compiled."""
    from expc.cli.planning.drawn import as_dot, as_mermaid, as_svg, as_text

    if output is not None and not output.name:
        raise click.UsageError("--output has no name: say a file, such as graph.svg")

    drawn = {"text": as_text, "dot": as_dot, "mermaid": as_mermaid, "svg": as_svg}[form](_graphs(specs))
    if output:
        from expc.whole import write_whole

        write_whole(output, drawn.encode())
        click.echo(f"Wrote {output}.", err=True)
    else:
        click.echo(drawn, nl=False)


def _graphs(specs: Sequence[str]) -> list[Graph]:
    from expc.cli.planning.stages import stages
    from expc.cli.project import chosen
    from expc.runner.outcome import header, planned

    if not specs:
        return [stages(header(plan), planned(plan)) for plan in chosen(()).values()]
    from expc.compiler.build import build

    experiments, _ = build(specs, Path(), looking=True)
    return [stages(*_parsed(one.text.decode())) for one in experiments]


def _parsed(text: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    top, *lines = map(json.loads, text.rstrip("\n").split("\n"))  # not splitlines: a value may hold U+2028
    return top, lines
