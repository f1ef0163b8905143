"""A template's name in, the schema of specs with its parameters, factors, choices and metrics filled in out."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expc.compiler.meaning.given import FROM
from expc.compiler.reading.schema import schema
from expc.compiler.templates.parameter import Parameter
from expc.compiler.templates.template import Slot, Template, find_template, load_template, template_names
from expc.errors import ExpcError, nearest

Part = dict[str, Any]

JSON_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "file": "string"}


def completed_schema(task: str | None, base: Path) -> str:
    """The schema as JSON; without a task it is the language's own. Raises ExpcError if there is no such template.

    What it knows besides is for editors: parameters that only a method has are still allowed."""
    if task is None:
        return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    folder = find_template(task, base)
    if folder is None:
        hint = "one of your own is a path with a slash, such as ./my-template"
        raise ExpcError(f"there is no template {task!r}; {nearest(task, template_names())}; {hint}")
    return json.dumps(_completed(load_template(folder), task), indent=1, ensure_ascii=False) + "\n"


def _completed(template: Template, task: str) -> Part:
    whole: Part = copy.deepcopy(schema())
    parts = whole["definitions"]
    values = _values(template)
    parts["new_params"] = copy.deepcopy(parts["params"])  # those of a method are none of the template's
    method = whole["properties"]["methods"]["additionalProperties"]["properties"]
    method["params"] = {**method["params"], "$ref": "#/definitions/new_params"}
    parts["params"]["properties"] = values
    parts["levels"]["additionalProperties"]["properties"] = values
    whole["properties"]["factors"]["properties"] = {
        name: _factor(value, parts["levels"]) for name, value in values.items()
    }
    whole["properties"]["task"]["examples"] = [task]
    parts["reference"]["examples"] = [*template.metrics, *(f"validation.{name}" for name in template.metrics)]
    return whole


def _values(template: Template) -> Mapping[str, Part]:
    """Parameter -> what its value can be."""
    found = {name: _of_slot(slot) for name, slot in template.slots.items()}
    found |= {name: _of_parameter(parameter) for name, parameter in template.parameters.items()}
    found |= {FROM + role: _of_input(role, described) for role, described in template.inputs.items()}
    if template.data:
        found["dataset"] = {"title": "dataset", "description": "The data set, by its name in `data`.", "type": "string"}
    return found


def _of_slot(slot: Slot) -> Part:
    """A choice, or the name of a method, which is any."""
    described = list(slot.choices.values())
    choices = {
        "type": "string",
        "enum": list(slot.choices),
        "enumDescriptions": described,
        "markdownEnumDescriptions": described,
    }
    return {
        "title": slot.name,
        "description": f"{slot.description} A built-in choice, or a method's name.",
        "default": slot.default,
        "anyOf": [choices, {"type": "string"}],
    }


def _of_input(role: str, described: str) -> Part:
    """The name of an input, or null for none."""
    what = f"The input, by its name in `inputs`, that trials are given as {role}; null for none. {described}"
    return {"title": FROM + role, "description": what, "type": ["string", "null"]}


def _of_parameter(parameter: Parameter) -> Part:
    default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
    item: Part = {"type": JSON_TYPES[parameter.item_type]}
    for key, bound in (("minimum", parameter.min), ("maximum", parameter.max)):
        item |= {} if bound is None else {key: bound}
    if parameter.choices is not None:
        item = {"type": item["type"], "enum": list(parameter.choices)}
    value = {"type": "array", "items": item, "minItems": parameter.min_items} if parameter.is_list else item
    if parameter.optional:
        value = _or_null(value)
    shown = {} if parameter.required else {"default": default}
    return {"title": parameter.name, "description": _described(parameter), **shown, **value}


def _or_null(value: Part) -> Part:
    choices = {"enum": [*value["enum"], None]} if "enum" in value else {}
    return {**value, "type": [value["type"], "null"], **choices}


def _described(parameter: Parameter) -> str:
    only = " and ".join(f"`{reader}` {' or '.join(map(str, values))}" for reader, values in parameter.read_by.items())
    return parameter.description + (f" It is read only with {only}." if only else "")


def _factor(value: Part, levels: Part) -> Part:
    """The levels of the factor that has a parameter's name."""
    inner = {key: part for key, part in value.items() if key not in ("title", "description")}
    setting = copy.deepcopy(levels["additionalProperties"])
    return {
        **levels,
        "title": value["title"],
        "description": value["description"],
        "items": inner,
        "additionalProperties": {"if": {"type": "object"}, "then": setting, "else": inner},
    }
