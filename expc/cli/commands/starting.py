"""`expc init` and `expc new-template`: a template's or a program's name in, files to begin with out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from expc.errors import ExpcError, nearest

SCHEMAS = Path(".expc")
"""Where the schema that an editor reads lies, beside the spec."""


@click.command()
@click.argument("template", required=False)
@click.option("--from", "script", type=click.Path(dir_okay=False), help="Make a spec for this Python program.")
@click.option("--vary", multiple=True, metavar="NAME=V1,V2", help="With --from: a parameter that is a factor.")
@click.option("--name", help="The experiment's name; by default that of the folder, or of the program.")
@click.option("--output", "-o", default="spec.yaml", show_default=True, help="The spec's file.")
def init(template: str | None, script: str | None, vary: tuple[str, ...], name: str | None, output: str) -> None:
    """Write a first spec, with comments: for a TEMPLATE, or for a program that is there.

    TEMPLATE is the name of one that ships (by default image-classification), or the path of one of your own.
    `--from train.py` reads the program's argparse, click, Hydra or dataclass configuration, without running it."""
    target = Path(output)
    if script is not None and template is not None:
        raise click.UsageError("name a template, or a program with --from, not both")
    if vary and script is None:
        raise click.UsageError("--vary goes with --from")
    if script is not None:
        todo = _from_program(Path(script), target, _levels(vary), name)
    else:
        todo = _from_template(template or "image-classification", target, name)
    for line in todo:
        click.echo(f"  to do: {line}")
    click.echo(f"Next: `expc check {output}`, `expc try {output}`, `expc run {output}`.")


def _from_program(script: Path, target: Path, vary: Mapping[str, Sequence[Any]], name: str | None) -> Sequence[str]:
    from expc.starting.program_spec import program_spec

    _refuse(target)
    called = _slug(name or script.stem)
    first = program_spec(script, called, target.parent, vary, _header(None))
    _write(target, None, {target.name: first.text})
    return first.todo


def _from_template(task: str, target: Path, name: str | None) -> Sequence[str]:
    from expc.compiler.templates.template import find_template, load_template, template_names
    from expc.starting.template_spec import template_spec

    folder = find_template(task, Path())
    if folder is None:
        hint = "one of your own is a path with a slash, such as ./my-template"
        raise ExpcError(f"there is no template {task!r}; {nearest(task, template_names())}; {hint}")
    template = load_template(folder)
    if "/" in task and target.parent != Path():
        raise ExpcError("a template of your own is named from the spec's folder: go there first")
    _refuse(target)
    called = _slug(name or target.resolve().parent.name)
    text, files = template_spec(template, task, called, _header(task))
    files = {path: content for path, content in files.items() if not _holds(target.parent / path, content)}
    _refuse(*(target.parent / path for path in files), instead="another folder for all of it with -o FOLDER/spec.yaml")
    _write(target, task, {**files, target.name: text})
    return ()


def _schema_file(task: str | None) -> Path:
    """Relative to the spec."""
    return SCHEMAS / f"{_slug(task) if task else 'spec'}.schema.json"


def _header(task: str | None) -> str:
    """The line by which an editor finds the schema."""
    return f"# yaml-language-server: $schema={_schema_file(task)}"


def _levels(vary: Sequence[str]) -> dict[str, list[Any]]:
    """`lr=0.1,0.01` -> {"lr": [0.1, 0.01]}, as YAML reads the values."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found = {}
    for word in vary:
        name, equals, values = word.partition("=")
        try:
            levels = YAML(typ="safe", pure=True).load(f"[{values}]") if equals else None
        except YAMLError:
            levels = None
        if not name or not isinstance(levels, list) or len(levels) < 2:
            raise click.UsageError(f"--vary {word!r}: write a parameter's name and two values or more: lr=0.1,0.01")
        found[name] = levels
    return found


def _slug(text: str) -> str:
    """A name that an experiment can have."""
    from expc.compiler.checks.names import IN_RESULTS

    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "experiment"
    return f"{slug}-1" if slug in IN_RESULTS else slug


def _refuse(*targets: Path, instead: str = "another with -o FILE") -> None:
    for target in targets:
        if target.exists():
            raise ExpcError(f"{target} is there already, and stays; move it away, or name {instead}")


def _holds(path: Path, content: str) -> bool:
    """What an earlier `expc init` wrote can stay."""
    return path.is_file() and path.read_bytes() == content.encode()


def _write(target: Path, task: str | None, files: Mapping[str, str]) -> None:
    from expc.compiler.meaning.completed import completed_schema

    for name, text in {str(_schema_file(task)): completed_schema(task, Path()), **files}.items():
        path = target.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {path}.")


@click.command("new-template")
@click.argument("name")
@click.option("--from", "original", default="image-classification", show_default=True, help="The template to copy.")
def new_template(name: str, original: str) -> None:
    """Make a folder NAME with a template of your own: a copy of one that ships, all of whose files can be changed."""
    from expc.compiler.templates.template import find_template, template_names
    from expc.starting.new_template import new_template as made

    folder = find_template(original, Path())
    if folder is None:
        raise ExpcError(f"there is no template {original!r}; {nearest(original, template_names())}")
    for file in made(name, folder, Path(name)):
        click.echo(f"Wrote {name}/{file}.")
    click.echo(f"A spec names it `task: ./{name}`; `expc init ./{name}` writes one.")
