"""template.yaml in, plain values of the right shape out, or what is wrong with the first that isn't, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expc.compiler.reading.schema import schema
from expc.errors import ExpcError, nearest


class TemplateError(ExpcError):
    """A template that can't be used, and the first reason, with its line where one is known."""


def read(path: Path) -> Mapping[str, Any]:
    """What a template.yaml declares, as schemas/template.schema.json wants it."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        declared = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: isn't UTF-8; save it as UTF-8") from error
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TemplateError(f"{path}{line}: isn't YAML: {error.problem}") from error
    except (YAMLError, ValueError, OverflowError) as error:  # of chr(), for an escape of no character
        raise TemplateError(f"{path}: isn't YAML: {error}") from error
    except RecursionError as error:
        raise TemplateError(f"{path}: is nested too deeply; is it the right file?") from error
    _check_shape(path, declared)
    return declared  # type: ignore[no-any-return]  # the schema has checked its shape


def place(path: Path, pointer: tuple[str | int, ...]) -> str:
    """`path:line` of the key or item at `pointer`, or of the nearest one above it. Composes the file again: only
    errors need lines."""
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    node = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8"))
    line = 1
    for part in pointer:
        if isinstance(node, MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return f"{path}:{line}"


def _check_shape(path: Path, declared: object) -> None:
    from jsonschema import Draft7Validator

    found = Draft7Validator(schema("template")).iter_errors(declared)
    errors = sorted(found, key=lambda error: list(map(str, error.path)))
    for error in errors:
        pointer = tuple(error.absolute_path)
        where = ".".join(map(str, pointer)) or "the template"
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            unknown = next(key for key in error.instance if key not in known)
            raise TemplateError(
                f"{place(path, (*pointer, unknown))}: unknown key {unknown!r}; {nearest(str(unknown), known)}"
            )
        raise TemplateError(f"{place(path, pointer)}: {where}: {error.message}")
