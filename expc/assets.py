"""Where the folders that ship with expc are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_SHIPPED = {
    "schemas": "schemas",
    "rules": "rules",
    "templates": "templates",
    "codes": "docs/codes",
    "images": "hpc/images",
}


def asset(folder: str, *parts: str) -> Path:
    """The path of a shipped folder (`schemas`, `rules`, `templates`, `codes`, `images`) or of a file in it."""
    installed = _PACKAGE / "_assets" / folder
    root = installed if installed.is_dir() else _PACKAGE.parent / _SHIPPED[folder]
    return root.joinpath(*parts)
