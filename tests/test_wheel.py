"""The checkout in, sdist and wheel out: they hold what ships, and work where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
ASSETS = {
    "schemas": "schemas",
    "rules": "rules",
    "templates": "templates",
    "docs/codes": "codes",
    "hpc/images": "images",
}
SPEC = """\
expc: 1
name: small
question: Does it work where there is no checkout?
task: image-classification
data: {digits: {source: sklearn}}
factors: {model: [mlp, cnn]}
params: {epochs: 2}
seeds: 2
metrics: [accuracy]
baseline: {model: mlp}
"""


def said(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; it must succeed, and finds nothing of the checkout by its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    found = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is made of it."""
    folder = tmp_path_factory.mktemp("dist")
    said(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def python(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel, which sees the libraries of this one, but not its expc."""
    folder = tmp_path_factory.mktemp("new") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    said(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", built[1])
    site = Path(said(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    libraries = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (site / "libraries.pth").write_text("".join(f"{path}\n" for path in libraries))
    return python


@pytest.fixture
def checkout() -> dict[str, bytes]:
    """Every file of the checkout that git has or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: nothing says which files belong to it")
    names = said("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).is_file()}


def test_the_wheel_has_the_package_and_the_assets_of_the_checkout_and_nothing_else(
    built: tuple[Path, Path], checkout: dict[str, bytes]
) -> None:
    expected = {name: content for name, content in checkout.items() if name.startswith("expc/")}
    for folder, shipped in ASSETS.items():
        inside = {name: content for name, content in checkout.items() if name.startswith(f"{folder}/")}
        assert inside, folder
        expected |= {f"expc/_assets/{shipped}{name.removeprefix(folder)}": text for name, text in inside.items()}
    with zipfile.ZipFile(built[1]) as wheel:
        found = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_the_sdist_has_the_checkout_but_for_what_only_a_checkout_needs(
    built: tuple[Path, Path], checkout: dict[str, bytes]
) -> None:
    with tarfile.open(built[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()} - {"PKG-INFO"}
    left_out = {name for name in checkout if name not in names}
    assert names <= set(checkout)
    assert {name for name in left_out if not name.startswith(".")} == set()


def test_a_wheel_checks_explains_compiles_and_runs_without_the_checkout(python: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, encoding="utf-8")
    expc = python.parent / "expc"
    place = said(python, "-c", "import expc; print(expc.__file__)", cwd=tmp_path).strip()
    assert Path(place).is_relative_to(python.parents[1])
    assert said(expc, "check", "spec.yaml", cwd=tmp_path) == "1 spec: nothing to complain about.\n"
    assert "E201" in said(expc, "explain", "E201", cwd=tmp_path)
    assert said(expc, "schema", cwd=tmp_path).strip() == (ROOT / "schemas/spec.schema.json").read_text().strip()
    assert "small: 4 trials in 2 conditions" in said(expc, "compile", "spec.yaml", cwd=tmp_path)
    said(python, "-m", "snakemake", "--quiet", cwd=tmp_path)
    assert said(expc, "plan", "spec.yaml", cwd=tmp_path) == "small: 4 trials: 4 done\n  Nothing to do.\n"
    assert (tmp_path / "results/small/tables").is_dir()
    # Snakemake's own log says where Snakemake lies, and that may be within the checkout.
    found = [path for path in tmp_path.rglob("*") if path.is_file() and ".snakemake" not in path.parts]
    assert [str(path) for path in found if str(ROOT).encode() in path.read_bytes()] == []
