"""`expc check`, `explain`, `schema`: a spec or a code in, what there is to say of it out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from expc.assets import asset
from expc.cli.commands.completion import complete_codes, complete_specs
from expc.errors import Diagnostic, ExpcError, nearest

EXPLAINED = 3
"""Codes that are named at the end; with more, it is said how to ask."""

NAME = re.compile(rb"""^["']?name["']?\s*:""", re.MULTILINE)


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=complete_specs)
@click.option("--strict", is_flag=True, help="Weaknesses (R) count as problems.")
@click.option("--skip-others", is_flag=True, help="Pass over YAML files without a key `expc` at the top.")
@click.option("--site", help="A cluster's site file: whether the specs can run there, too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(specs: tuple[str, ...], strict: bool, skip_others: bool, site: str | None, form: str) -> int:
    """Report what is wrong with specs (E), and what is weak in their designs (R)."""
    from expc.cli.patience import patience, planning
    from expc.compiler.check import check_file
    from expc.compiler.programs.program import is_spec
    from expc.compiler.writing.chosen import chosen_site

    if skip_others:
        specs = tuple(path for path in specs if is_spec(Path(path)))

    cluster = chosen_site(site, Path()) if site else None
    parts = _parts(specs)
    with patience(planning(specs)):
        found = [finding for path in specs if path not in parts for finding in check_file(path, cluster)]
    if form == "json":
        click.echo(json.dumps([vars(finding) for finding in found], indent=1))
    else:
        report(found)
        for part, spec in parts.items():
            click.echo(f"{part} is no spec, but {spec} imports it: it was checked there.")
        click.echo(_summary([path for path in specs if path not in parts], found))
    return int(any(finding.is_error or strict for finding in found))


def _parts(specs: Sequence[str]) -> dict[str, str]:
    """The files among them that are no specs by themselves, each with one of the others that imports it."""
    from expc.compiler.programs.program import is_spec
    from expc.compiler.reading.imports import imported_files

    there = {os.path.normpath(Path(path).absolute()): path for path in specs if not _has_name(path)}
    mains = [path for path in specs if is_spec(Path(path))] if there else []
    found = {there[file]: main for main in mains for file in imported_files(main, Path()) if file in there}
    return {path: found[path] for path in specs if path in found}


def _has_name(path: str) -> bool:
    """Every spec has a name; what several share has none, though it may begin with `expc: 1`. No pipe
    is waited for."""
    try:
        return not Path(path).is_file() or NAME.search(Path(path).read_bytes()) is not None
    except OSError:
        return True


def report(findings: Sequence[Diagnostic]) -> None:
    """One finding a line, with its hint below."""
    for finding in findings:
        coloured = click.style(finding.code, fg="red" if finding.is_error else "yellow")
        click.echo(str(finding).replace(f" {finding.code} ", f" {coloured} ", 1), err=False)


def _summary(specs: Sequence[str], findings: Sequence[Diagnostic]) -> str:
    errors = sum(finding.is_error for finding in findings)
    if not findings:
        return f"{_count(len(specs), 'spec')}: nothing to complain about."
    weak = len(findings) - errors
    return f"{_count(errors, 'error')}, {_count(weak, 'weakness', 'weaknesses')}; {_explained(findings)}"


def _explained(findings: Sequence[Diagnostic]) -> str:
    """How to read more of each code."""
    codes = [*dict.fromkeys(finding.code for finding in findings)]
    if len(codes) <= EXPLAINED:
        return f"`expc explain {' '.join(codes)}` says more."
    return f"`expc explain {codes[0]}` says more, and so for the {len(codes) - 1} other codes above."


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number} {word if number == 1 else plural or word + 's'}"


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE...", shell_complete=complete_codes)
def explain(codes: tuple[str, ...]) -> None:
    """Print the page of a code, or of several: what, why, an example, what to write instead."""
    from expc.compiler.explain import codes as known
    from expc.compiler.explain import explain as page

    pages = {code: page(code) for code in codes}
    for code, text in pages.items():
        if text is None:
            raise ExpcError(f"there is no code {code}; {nearest(code.upper(), known())}")
    click.echo("\n".join(text for text in dict.fromkeys(pages.values()) if text))


@click.command()
@click.option("--task", help="A template, whose parameters, choices and metrics are filled in.")
@click.option("--site", is_flag=True, help="The schema of site files.")
def schema(task: str | None, site: bool) -> None:
    """Print the JSON Schema of specs, or of site files, for editors."""
    from expc.compiler.meaning.completed import completed_schema

    if task is not None and site:
        raise click.UsageError("--task is for specs, --site for site files: ask for one of them")
    if task is None:
        click.echo(asset("schemas", f"{'site' if site else 'spec'}.schema.json").read_text(encoding="utf-8"), nl=False)
    else:
        click.echo(completed_schema(task, Path()), nl=False)
