"""A code in, the page that explains it out."""

from __future__ import annotations

import re

from expc.assets import asset


def explain(code: str) -> str | None:
    """The Markdown page of a code such as E201, in any case; None if there is none."""
    wanted = code.strip().upper()
    return asset("codes", f"{wanted}.md").read_text(encoding="utf-8") if wanted in codes() else None


def codes() -> list[str]:
    """All codes that have a page, sorted."""
    return sorted(page.stem for page in asset("codes").glob("*.md") if re.fullmatch("[ER][0-9]{3}", page.stem))
