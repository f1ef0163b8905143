"""A path in, everything that can be said of the spec out: its plan, if it compiles, and all findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from expc.compiler.checks import run_checks, run_some
from expc.compiler.checks.rule import Context
from expc.compiler.digest import Digests, StandIns
from expc.compiler.meaning.scope import Scope, scope
from expc.compiler.planning.gather import Materials
from expc.compiler.reading.load import Document
from expc.compiler.reading.partial import sound
from expc.compiler.reading.read import read
from expc.compiler.reading.site import Site
from expc.compiler.reading.validate import check_shape
from expc.compiler.templates.template import Template, TemplateError, find_template, load_template
from expc.errors import Diagnostic, SpecError
from expc.plan import Plan
from expc.spec import Spec


@dataclass(frozen=True)
class Checked:
    """A spec that compiles, and what is weak about it (R)."""

    scope: Scope
    materials: Materials
    plan: Plan
    findings: tuple[Diagnostic, ...]


def check_file(path: str, site: Site | None = None) -> list[Diagnostic]:
    """All findings on a spec, errors and weaknesses; none of them is raised, and nothing is written."""
    try:
        return list(check(path, Path(), StandIns(Path()), site).findings)
    except SpecError as error:
        return list(error.diagnostics)


def check(path: str, project: Path, digests: Digests, site: Site | None = None) -> Checked:
    """Raises SpecError with all errors (E)."""
    document, problems = check_shape(path, project)
    if document is None:
        raise SpecError(problems)
    if problems:
        raise SpecError([*problems, *_beside(problems, document, path, project, digests)])
    context = _context(document, path, project, digests, site)
    findings = run_checks(context)
    if any(finding.is_error for finding in findings):
        raise SpecError(findings)
    return Checked(context.scope, context.materials, context.plan, tuple(findings))


def _context(document: Document, path: str, project: Path, digests: Digests, site: Site | None = None) -> Context:
    spec = read(document.value)
    templates, broken = _templates(spec, Path(path).parent)
    return Context(document, scope(spec, templates), Path(path), project, digests, broken, site)


def _beside(
    problems: Sequence[Diagnostic], document: Document, path: str, project: Path, digests: Digests
) -> Iterator[Diagnostic]:
    """What is wrong with the meaning of that of which the shape is right."""
    part = sound(document)
    if part is not None:
        taken = {problem.place for problem in problems}
        found = run_some(_context(part.document, path, project, digests), part.tells)
        yield from (finding for finding in found if finding.place not in taken)


def _templates(spec: Spec, base: Path) -> tuple[dict[str, Template | None], dict[str, str]]:
    """The template of each stage, None for own programs and where there is none to use; and why one can't be used."""
    templates: dict[str, Template | None] = {}
    broken: dict[str, str] = {}
    for stage in spec.stages.values():
        templates[stage.name] = None
        try:
            folder = find_template(stage.task, base) if isinstance(stage.task, str) else None
            templates[stage.name] = load_template(folder) if folder else None
        except TemplateError as error:
            broken[stage.name] = str(error)
        except OSError:  # a name that is too long
            continue
    return templates, broken
