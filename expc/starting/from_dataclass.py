"""A dataclass that holds a program's configuration in, its fields out, in the form that its command line takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from expc.starting.option import CommandLine, Option
from expc.starting.source import UNKNOWN, Source, called, imported, keywords

READERS = {
    "tyro.cli": "tyro",
    "cli": "tyro",
    "HfArgumentParser": "HfArgumentParser",
    "add_arguments": "simple_parsing",
    "parse": "simple_parsing",
    "wrap": "pyrallis",
    "pyrallis.parse": "pyrallis",
}
"""What turns a dataclass into a command line, by how it is called."""

LIBRARIES = {"tyro": "tyro", "HfArgumentParser": "transformers", "simple_parsing": "simple_parsing"}
NAMED = ("Config", "Configuration", "Args", "Arguments", "Options", "Params", "Settings", "Hparams", "HParams")

READ_PARAMS = """\
no command line fills its dataclass {name}. Let it read the trial's parameters, for example so:
    with open(os.path.join(os.environ["EXPC_TRIAL_DIR"], "params.json")) as file:
        trial = json.load(file)
    config = {name}(**trial["params"])    # and trial["seed"]"""


def from_dataclass(source: Source) -> CommandLine | None:
    """None if there is no dataclass that looks like a configuration."""
    classes = {
        node.name: node
        for node in source.nodes
        if isinstance(node, ast.ClassDef) and any(_is_dataclass(one) for one in node.decorator_list)
    }
    reader, name = _reader(source, classes)
    if name is None:
        name = next((one for one in classes if one.endswith(NAMED)), None)
    if name is None:
        return None
    options = tuple(_fields(source, classes, name, reader))
    if reader is None:
        return CommandLine("params.json", options, (READ_PARAMS.format(name=name),))
    return CommandLine(reader, options)


def _is_dataclass(node: ast.expr) -> bool:
    return called(node).rpartition(".")[2] == "dataclass"


def _reader(source: Source, classes: Mapping[str, ast.ClassDef]) -> tuple[str | None, str | None]:
    """The library that fills a dataclass from the command line, and which one."""
    packages = imported(source)
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = called(node.func)
            reader = READERS.get(name) or READERS.get(name.rpartition(".")[2])
            if reader and (LIBRARIES.get(reader, reader) in packages):
                first = node.args[0] if node.args else keywords(node).get("config_class")
                first = first.elts[0] if isinstance(first, ast.Tuple | ast.List) and first.elts else first
                chosen = first.id if isinstance(first, ast.Name) and first.id in classes else None
                if chosen or reader == "pyrallis":
                    return reader, chosen
    return None, None


def _fields(
    source: Source, classes: Mapping[str, ast.ClassDef], name: str, reader: str | None, above: str = ""
) -> Iterator[Option]:
    for base in classes[name].bases:
        if called(base) in classes and called(base) != name:
            yield from _fields(source, classes, called(base), reader, above)
    for node in classes[name].body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        kind, choices, inner = _annotation(source, node.annotation)
        if inner in classes and inner != name and len(above) < 100:
            yield from _fields(source, classes, str(inner), reader, f"{above}{node.target.id}.")
            continue
        default = _default(source, node.value)
        word = above + node.target.id
        word = word.replace("_", "-") if reader == "tyro" else word
        takes = _takes(kind, default, reader)
        yield Option(
            name=word,
            form=f"--{word} {{}}" if takes == "several values" else f"--{word}={{}}",
            default=None if default is UNKNOWN else tuple(default) if isinstance(default, list) else default,
            type=kind,
            choices=choices,
            help=_help(node.value, source),
            required=_is_required(node.value),
            takes=takes,
            needs_one=reader == "HfArgumentParser",
            **_switched(kind, word, reader),
            dest=node.target.id,
            is_path="Path" in ast.unparse(node.annotation),
        )


def _takes(kind: str, default: Any, reader: str | None) -> Any:
    if reader in (None, "pyrallis"):
        return "a value"  # params.json holds whatever there is, and pyrallis reads JSON
    if kind == "bool" and reader == "tyro":
        return "no value"
    return "several values" if isinstance(default, list) or kind == "list" else "a value"


def _switched(kind: str, word: str, reader: str | None) -> dict[str, Any]:
    """tyro takes no value for what is true or false; the others do, `--amp=false` too."""
    above, dot, last = word.rpartition(".")
    return {"on": f"--{word}", "off": f"--{above}{dot}no-{last}"} if kind == "bool" and reader == "tyro" else {}


def _annotation(  # noqa: PLR0911  (a table)
    source: Source, node: ast.expr
) -> tuple[str, tuple[Any, ...], str | None]:
    """A field's type, its choices, and the class that it names."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _annotation(source, ast.parse(text, mode="eval").body)
            except SyntaxError:
                return "", (), None
        case ast.BinOp(left=left, op=ast.BitOr()):
            return _annotation(source, left)
        case ast.Subscript(value=value, slice=inside):
            outer = called(value).rpartition(".")[2]
            if outer == "Optional":
                return _annotation(source, inside)
            if outer == "Literal":
                found = source.value(inside)
                choices = found if isinstance(found, list) else [found]
                return ("", (), None) if UNKNOWN in choices else (type(choices[0]).__name__, tuple(choices), None)
            return ("list" if outer.lower() in ("list", "tuple", "sequence", "set", "frozenset") else ""), (), None
        case _:
            name = called(node).rpartition(".")[2]
            return {"Path": "str"}.get(name, name if name in ("int", "float", "str", "bool") else ""), (), name


def _default(source: Source, node: ast.expr | None) -> Any:
    if isinstance(node, ast.Call) and called(node).rpartition(".")[2] == "field":
        said = keywords(node)
        factory = said.get("default_factory")
        if isinstance(factory, ast.Lambda):
            return source.value(factory.body)
        if isinstance(factory, ast.Name) and factory.id in ("list", "tuple", "set"):
            return []
        return source.value(said["default"]) if "default" in said else UNKNOWN
    return source.value(node) if node is not None else UNKNOWN


def _is_required(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call) and called(node).rpartition(".")[2] == "field":
        return not {"default", "default_factory"} & set(keywords(node))
    return node is None


def _help(node: ast.expr | None, source: Source) -> str:
    """What HfArgumentParser and others take from `field(metadata={"help": …})`."""
    metadata = keywords(node).get("metadata") if isinstance(node, ast.Call) else None
    if isinstance(metadata, ast.Dict):
        for key, value in zip(metadata.keys, metadata.values, strict=True):
            if key is not None and source.value(key) == "help" and isinstance(text := source.value(value), str):
                return text
    return ""
