"""A path in, everything that can be said of the spec out: its plan, if it compiles, and all findings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from expc.compiler.checks import Context, run_checks
from expc.compiler.digest import Digests
from expc.compiler.gather import Materials
from expc.compiler.load import Document
from expc.compiler.read import read
from expc.compiler.scope import Scope, scope
from expc.compiler.template import Template, TemplateError, find_template, load_template
from expc.compiler.validate import check_shape
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


def check_file(path: str) -> list[Diagnostic]:
    """All findings on a spec, errors and weaknesses; none of them is raised, and nothing is written."""
    try:
        return list(check(path, Path(), Digests(Path())).findings)
    except SpecError as error:
        return list(error.diagnostics)


def check(path: str, project: Path, digests: Digests) -> Checked:
    """Raises SpecError with all errors (E)."""
    document, problems = check_shape(path)
    if document is None or problems:
        raise SpecError(problems)
    spec = read(document.value)
    found = scope(spec, _templates(document, spec))
    context = Context(document, found, Path(path), project, digests)
    findings = run_checks(context)
    if any(finding.is_error for finding in findings):
        raise SpecError(findings)
    return Checked(found, context.materials, context.plan, tuple(findings))


def _templates(document: Document, spec: Spec) -> dict[str, Template | None]:
    """The template of each stage; None for own programs, and where there is none of that name."""
    base = Path(document.path).parent
    templates: dict[str, Template | None] = {}
    for stage in spec.stages.values():
        folder = find_template(stage.task, base) if isinstance(stage.task, str) else None
        try:
            templates[stage.name] = load_template(folder) if folder else None
        except TemplateError as error:
            raise SpecError([document.diagnostic("E404", (*stage.pointer, "task"), str(error))]) from error
    return templates
