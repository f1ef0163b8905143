"""What a variant says of configuration files and a trial's values in, the files out: TOML, YAML, JSON, INI.

Written without the formats' libraries, which a compute node may lack. A file's base comes parsed, as JSON of nodes:
texts, numbers, true, false, null, `{"list": [node, …]}`, `{"table": {key: node}}`, and `{"verbatim": text}` for what
JSON has no value for, such as a date, in the words of the format. Keys of YAML are in its words, too."""

import json
import os
import re

from .files import make, write_text
from .own import Unfilled, filled, text

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
WORDS_OF_YAML = re.compile(r"y|n|yes|no|on|off|true|false|null", re.IGNORECASE)
BEYOND_JSON = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")  # raw in JSON, and not in the others' texts
WHOLE = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(inf|nan)|inf|nan)", re.I)


def configure(work, configurations, values, places):
    """Write the files into `work`. `values` are the trial's parameters and its seed, `places` the texts of the other
    placeholders."""
    for name, stated in sorted(configurations.items()):
        path = os.path.join(work, name)
        make(os.path.dirname(path))
        write_text(path, text_of(name, stated, values, places))


def text_of(name, stated, values, places):
    tree = json.loads(stated["base"] or '{"table": {}}')
    sets = stated["set"] if stated["set"] is not None else every(values, stated.get("seed", "seed"))
    texts = {**{known_as: text(value) for known_as, value in values.items()}, **places}
    for key, source in sets.items():
        if "{" in source:
            place(tree, stated, name, key, filled(source, texts))
        elif source in values:  # a level needn't set every parameter
            place(tree, stated, name, key, values[source])
    return FORMATS[stated["format"]](tree)


def every(values, seed):
    """All parameters, under their own names, and the seed under its key, if it has one."""
    sets = {key: key for key in values if key != "seed"}
    return dict(sets, **{seed: "seed"}) if seed else sets


def place(tree, stated, name, key, value):
    """Put a value where its dotted key says. A base has all keys that there are."""
    *above, last = path_of(key, stated["format"])
    for part in above:
        inner = known(tree, part)
        if inner is None and not stated["base"]:
            inner = written(part, stated["format"])
            tree["table"][inner] = {"table": {}}
        tree = tree["table"].get(inner)
        if not isinstance(tree, dict) or "table" not in tree:
            raise Unfilled(f"{name}: the file that it starts from has no key {key}")
    found = known(tree, last)
    if found is None and stated["base"]:
        raise Unfilled(f"{name}: the file that it starts from has no key {key}")
    found = written(last, stated["format"]) if found is None else found
    tree["table"][found] = like(value, tree["table"].get(found))


def path_of(key, form):
    """INI has sections and keys in them; a key without a section stands in the one for all, DEFAULT."""
    if form != "ini":
        return key.split(".")
    section, _, inner = key.rpartition(".")
    return [section or "DEFAULT", inner]


def written(part, form):
    """A new key in the words of the format; TOML's and JSON's get their quotes later."""
    if form != "yaml" or (PLAIN_KEY.fullmatch(part) and not WORDS_OF_YAML.fullmatch(part)):
        return part
    return quoted(part)


def known(tree, key):
    """The key of a table as it is written there, in quotes maybe."""
    return next((written for written in tree["table"] if written.strip("\"'") == key), None)


def like(value, before):
    """A whole number is written with a point where the base has a number with one: some readers tell them apart."""
    verbatim = before["verbatim"] if kind(before) == "verbatim" else None
    was_float = isinstance(before, float) or (verbatim is not None and FLOAT.fullmatch(verbatim))
    if was_float and isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**53 else value
    return {"list": value} if isinstance(value, list) else value


def kind(node):
    """table, list, verbatim, or scalar."""
    return next(iter(node)) if isinstance(node, dict) else "scalar"


def as_toml(tree, path=()):
    """null has no place in TOML: its key is left out."""
    tables = {key: node for key, node in tree["table"].items() if kind(node) == "table"}
    found = [
        f"{toml_key(key)} = {toml_value(node)}\n"
        for key, node in tree["table"].items()
        if key not in tables and node is not None
    ]
    for key, node in tables.items():
        inner = (*path, toml_key(key))
        found.append(f"\n[{'.'.join(inner)}]\n" + as_toml(node, inner))
    return "".join(found)


def toml_key(key):
    return key if BARE_KEY.fullmatch(key) else quoted(key)


def toml_value(node):
    what = kind(node)
    if what == "verbatim":
        return node["verbatim"]
    if what == "list":
        return "[" + ", ".join(toml_value(item) for item in node["list"] if item is not None) + "]"
    if what == "table":  # inside of a list
        inner = (f"{toml_key(key)} = {toml_value(item)}" for key, item in node["table"].items())
        return "{" + ", ".join(inner) + "}"
    return quoted(node) if isinstance(node, str) else json.dumps(node)


def quoted(text):
    """A text as TOML and YAML both quote it; what could end a line, or is not allowed raw, as its number."""
    return BEYOND_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def as_yaml(tree):
    return "".join(yaml_lines(tree, "")) or "{}\n"


def yaml_lines(node, indent):
    """Tables and the base's lists in block style."""
    if kind(node) == "table":
        for key, inner in node["table"].items():
            yield from yaml_entry(f"{indent}{key}:", inner, indent)
    else:
        for inner in node["list"]:
            yield from yaml_entry(f"{indent}-", inner, indent)


def yaml_entry(head, node, indent):
    if kind(node) in ("table", "list") and node[kind(node)]:
        yield head + "\n"
        yield from yaml_lines(node, indent + "  ")
    else:
        yield f"{head} {yaml_value(node)}\n"


def yaml_value(node):
    what = kind(node)
    if what in ("table", "list"):
        return "{}" if what == "table" else "[]"
    if what == "verbatim":
        return node["verbatim"]
    if isinstance(node, float):  # readers of YAML 1.1 take 1e-05 for a text
        text = repr(node)
        return text if "." in text else text.replace("e", ".0e")
    return quoted(node) if isinstance(node, str) else json.dumps(node)


def as_json(tree):
    return json.dumps(plain(tree), ensure_ascii=False, indent=2) + "\n"


def plain(node):
    what = kind(node)
    if what == "table":
        return {key: plain(inner) for key, inner in node["table"].items()}
    return [plain(inner) for inner in node["list"]] if what == "list" else node


def as_ini(tree):
    """A key whose value is null is left out; what continues on further lines is indented, as readers want it."""
    found = []
    for section, inner in tree["table"].items():
        entries = {key: node for key, node in inner["table"].items() if node is not None}
        lines = (f"{key}{ini_value(node)}".rstrip() for key, node in entries.items())
        found.append(f"[{section}]\n" + "".join(line + "\n" for line in lines))
    return "\n".join(found)


def ini_value(node):
    if kind(node) == "verbatim":  # a key that stands alone
        return ""
    return " = " + (
        node.replace("\n", "\n\t") if isinstance(node, str) else json.dumps(plain(node), ensure_ascii=False)
    )


FORMATS = {"toml": as_toml, "yaml": as_yaml, "json": as_json, "ini": as_ini}
