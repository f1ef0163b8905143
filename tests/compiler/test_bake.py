"""What images are made of, and that they are made whole or not at all. Apptainer is a stand-in here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expc.compiler.programs.image import requirement_files
from expc.compiler.writing.bake import CERTIFICATES, BakeError, bake, handed, required, trust, untagged

STAND_IN = """\
#!/bin/sh
echo "$PWD $*"
eval "image=\\${$(($# - 1))}"
echo half >"$image"
case "$*" in *bad*)
    echo "ERROR:   no such line"
    printf '\\033[0mFATAL:   While performing build: it is bad\\n'; exit 255;; esac
for last; do :; done
test ! -f "$last" || cat "$last"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apptainer").write_text(STAND_IN)
    (tmp_path / "bin" / "apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("docker://python:3.11-slim@sha256:ab", "docker://python@sha256:ab"),
        ("docker://python@sha256:ab", "docker://python@sha256:ab"),
        ("docker://python:3.11", "docker://python:3.11"),
        ("docker://host:5000/a/b:1@sha256:ab", "docker://host:5000/a/b@sha256:ab"),
        ("docker://host:5000/a/b", "docker://host:5000/a/b"),
    ],
)
def test_a_digest_goes_before_a_tag_since_apptainer_takes_one_of_them(reference: str, expected: str) -> None:
    assert untagged(reference) == expected


def test_a_definition_is_built_in_its_folder_and_the_image_appears_whole(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "images").mkdir()
    for name in ("good", "bad"):
        (project / "images" / f"{name}.def").write_text(name)
    target = project / "results" / "images" / "ab.sif"
    with pytest.raises(BakeError, match=r"^apptainer could not make it: While performing build: it is bad$"):
        bake({"kind": "def", "source": "images/bad.def"}, target, project)
    assert (target.exists(), list(target.parent.iterdir())) == (False, [])
    bake({"kind": "def", "source": "images/good.def"}, target, project)
    assert (target.read_text(), [path.name for path in target.parent.iterdir()]) == ("half\n", ["ab.sif"])
    said = capfd.readouterr().out.splitlines()
    assert said[1:3] == ["ERROR:   no such line", "FATAL:   While performing build: it is bad"]
    assert said[3].startswith(f"{project}/images --nocolor build {project}/results/images/.ab.sif.")
    assert said[3].endswith(f" {project}/images/good.def")


def test_what_a_registry_has_is_pulled(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = project / "ab.sif"
    bake({"kind": "docker", "reference": "docker://a:1@sha256:ab"}, target, project)
    assert capfd.readouterr().out.split("--nocolor ")[1].split()[::2] == ["pull", "docker://a@sha256:ab"]


def test_requirements_become_an_image_with_all_files_that_they_consist_of(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "requirements.txt").write_text("-r more/base.txt\nnumpy==2.4.6\n")
    (tmp_path / "more" / "base.txt").write_text("six==1.17\n")
    text = required(tmp_path / "requirements.txt", requirement_files(tmp_path / "requirements.txt"))
    assert text.startswith("Bootstrap: docker\nFrom: python@sha256:")
    assert text[text.index("\n%files") :] == (
        '\n%files\n    "requirements.txt" "/opt/requirements/requirements.txt"\n'
        '    "more/base.txt" "/opt/requirements/more/base.txt"\n\n%post\n    cd /opt/requirements && '
        "python3 -m pip install --no-cache-dir --disable-pip-version-check --break-system-packages"
        ' -r "requirements.txt"\n'
    )


def test_what_uv_has_locked_is_installed_with_its_hashes(tmp_path: Path) -> None:
    text = required(tmp_path / "uv.lock", [tmp_path / "uv.lock"])
    assert [line.split()[0] for line in text[text.index("\n%files") :].splitlines() if "/opt/req" in line] == [
        '"uv.lock"', '"pyproject.toml"', "cd",
    ]  # fmt: skip
    assert "uv export --frozen --no-dev --no-emit-project" in text
    assert text.rstrip().endswith("--no-deps -r locked.txt")


def test_without_apptainer_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BakeError, match="neither apptainer nor singularity on PATH"):
        bake({"kind": "docker", "reference": "docker://a"}, tmp_path / "ab.sif", tmp_path)


def test_an_image_is_built_by_the_package_index_of_this_machine_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    certificates, gone = str(tmp_path / "ca.pem"), str(tmp_path / "gone.pem")
    assert [trust({"PIP_CERT": name}) for name in (certificates, gone)] == [certificates, None]
    mine = {"PIP_INDEX_URL": "i", "https_proxy": "p", "PIP_CERT": certificates, "API_KEY": "k", "PIP_USER": "1"}
    its = {"PIP_INDEX_URL": "i", "https_proxy": "p"}
    copied = {"PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES}
    for trusted, expected in ((None, its), (certificates, {**its, **copied})):
        assert handed(mine, trusted) == {
            f"{at}ENV_{name}": value for at in ("APPTAINER", "SINGULARITY") for name, value in expected.items()
        }
    text = required(tmp_path / "requirements.txt", [tmp_path / "requirements.txt"], str(tmp_path / "ca.pem"))
    assert f'    "{tmp_path}/ca.pem" {CERTIFICATES}\n' in text
    assert text.endswith(f'-r "requirements.txt"\n    rm -f {CERTIFICATES}\n')
