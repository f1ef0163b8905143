"""What was asked for and what `workflow/` says in, the site to compile for out."""

from __future__ import annotations

import os
from pathlib import Path

from expc.compiler.reading.site import FILE, Site, load_site
from expc.errors import ExpcError
from expc.runner.placement import stated
from expc.runner.written import Damaged

WORKFLOW = Path("workflow")


class SiteGoneError(ExpcError):
    """The site file of the workflow isn't there any more."""


def chosen_site(path: str | None, project: Path, *, none: bool = False) -> Site | None:
    """The site that was named, else that of the last compilation: read again, so that a change in it counts."""
    if none:
        return None
    if path is not None:
        return load_site(path, project)
    last = site_of(project)
    if last is None:
        return None
    if not (project / last).exists():
        raise SiteGoneError(
            f"E509 workflow/ is for the site file {last}, which isn't there any more.\n"
            "    Name another one with --site, or leave the cluster's profile out with --no-site."
        )
    return load_site(str(project / last), project)


def site_of(project: Path) -> str | None:
    """The site file that `workflow/` was written for, relative to the project; None if it is for none."""
    path = project / WORKFLOW / FILE
    if not os.path.lexists(path):
        return None
    try:
        return str(stated(str(path))["file"])
    except Damaged as error:  # taken for none, it would let trials run on a login node
        raise SiteGoneError(f"E509 {error}") from None
