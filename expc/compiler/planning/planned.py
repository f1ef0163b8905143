"""What was gathered in, what a plan says of it out: data sets and programs."""

from collections.abc import Iterable, Iterator, Mapping

from expc.compiler.planning.gather import Materials
from expc.compiler.planning.identity import ID
from expc.compiler.programs.program import OwnProgram
from expc.compiler.programs.revision import PATCH, REF
from expc.compiler.templates.render import Variant
from expc.plan import Cell, PlannedData, PlannedVariant
from expc.spec import Spec


def planned_data(spec: Spec, materials: Materials, cells: Iterable[Cell]) -> dict[str, PlannedData]:
    """The data that trials train on or are evaluated on."""
    used = {data for cell in cells for data in _data_of(cell)}
    return {
        recipe["id"]: PlannedData(
            name, {role: file["sha256"][:ID] for role, file in recipe["files"].items()}, _staged(spec, name)
        )
        for (name, *_), recipe in materials.data.items()
        if recipe["id"] in used
    }


def _data_of(cell: Cell) -> Iterator[str | None]:
    yield cell.data
    for trial in cell.trials:
        yield from (evaluation.data for evaluation in trial.evaluations)


def _staged(spec: Spec, name: str) -> str | None:
    """Where trials read a data set, if not in the project."""
    found = spec.data[name].entry.get("stage")
    return None if found is None else str(found)


def planned_program(program: OwnProgram) -> PlannedVariant:
    commit, patches = program.revision
    choices = {REF: commit, PATCH: " ".join(patch.name for patch, _ in patches)}
    stated = {name: choice for name, choice in choices.items() if choice}
    return PlannedVariant(program.program, None, None, stated, program.files)


def planned_variant(template: str, choices: Mapping[str, str], variant: Variant) -> PlannedVariant:
    return PlannedVariant(
        variant.program, variant.evaluator, template, dict(sorted(choices.items())), dict(variant.file_hashes)
    )
