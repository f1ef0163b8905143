"""The page about clusters, walked through on one, word for word: every file written, every command run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("walked", ROOT / "tests" / "docs" / "test_walked.py")


def test_the_page_leads_from_an_account_to_a_table(without_accounting: Any, tmp_path: Path) -> None:
    steps, fits = walking()
    folder = tmp_path / "first"
    folder.mkdir()
    commands = 0
    for step in steps((ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")):
        if hasattr(step, "path"):
            (folder / step.path).write_text(step.text, encoding="utf-8")
            continue
        commands += 1
        printed = without_accounting.run(folder, "bash", "-c", step.command, NO_COLOR="1", COLUMNS="100")
        assert fits(step.prints, printed), f"$ {step.command}\n{printed}\n— but the page shows —\n{step.prints}"
    assert commands == 8
    without_accounting.mend()


def walking() -> tuple[Callable[[str], Any], Callable[[str, str], bool]]:
    """How pages are read and compared, from the test that walks the others."""
    assert SPEC and SPEC.loader
    module = importlib.util.module_from_spec(SPEC)
    sys.modules[SPEC.name] = module  # dataclasses look for it there
    SPEC.loader.exec_module(module)
    return module.steps, module.fits
