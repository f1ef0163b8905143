"""The versions in requirements.lock in, an Apptainer image with torch out: made without a registry, and once."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("TESTBED_CACHE", "/var/cache/expc-testbed"))
PACKAGES = ("torch", "numpy", "scikit-learn", "pillow")
"""What the bundled templates for images, texts and tables import; what these need comes with them."""


def torch() -> Path:
    """The image's path; its name tells what is in it, so that another recipe is another file."""
    wanted = pinned((HERE.parents[1] / "requirements.lock").read_text())
    recipe = "\n".join([*wanted, (HERE / "make-sif.sh").read_text()])
    found = CACHE / f"torch-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.sif"
    if not found.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = found.with_suffix(".new")
        subprocess.run([HERE / "make-sif.sh", made, *wanted], check=True, env={**os.environ, "HOSTPY": sys.executable})
        made.rename(found)
    return found


def pinned(lock: str) -> list[str]:
    """`torch==2.13.0+cpu` as it is asked for: 2.13.0, which the index has for a CPU here."""
    versions = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    return [f"{name}=={versions[name]}" for name in PACKAGES]
