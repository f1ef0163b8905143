"""A template that ships in, a folder with a copy of it that is one's own out, all of whose files can be changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from expc.assets import asset
from expc.compiler.templates.template import FILE, load_template
from expc.errors import ExpcError

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
SHARED = re.compile(r"^shared:.*\n(?:[ \t]+.*\n|- .*\n)*", re.MULTILINE)


def new_template(name: str, original: Path, target: Path) -> list[str]:
    """Copy the template in the folder `original` into the folder `target`, with what it shares; its files' names."""
    if not NAME.fullmatch(name):
        raise ExpcError(f"a template can't be called {name!r}: small letters, digits and `-`, such as my-template")
    if target.exists():
        raise ExpcError(f"{target} is there already; choose another name, or move it away")
    template = load_template(original)
    made = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(original, target, ignore=made)
    for shared in template.shared:
        shutil.copy(asset("templates", "shared", shared), target / shared)
    path = target / FILE
    path.write_text(_renamed(path.read_text(encoding="utf-8"), name, template.name), encoding="utf-8")
    return sorted(str(one.relative_to(target)) for one in target.rglob("*") if one.is_file())


def _renamed(text: str, name: str, original: str) -> str:
    """Its own name; and what was shared lies in its own folder now, which needs no mention."""
    text = SHARED.sub("", text)
    text = re.sub(r"^name:.*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    words = f"Begun as a copy of {original}. docs/templates.md says what each key means; a spec names it ./{name}."
    return f"# {words}\n{text}"
