"""Sources and a build command in, a variant with what the command makes, or why there is none, out."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from expc.compiler.programs.program import content_hash
from expc.compiler.writing.building import BuildError
from expc.compiler.writing.generate import generate


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/words.txt").write_text("b\na\n")
    Path("src/build.sh").write_text("sort words.txt > sorted; ls; echo made >> count")


def made(*command: str, **more: object) -> Path:
    files = {name: content_hash(Path("src") / name) for name in ("build.sh", "words.txt")}
    recipe = {"command": ["cat"], "results": None, "folder": "src", "files": files, "build": list(command), **more}
    generate("v1", recipe, Path("code/v1"), Path())
    return Path("code/v1")


def test_what_the_build_makes_stands_beside_its_sources_and_its_log_beside_the_folder() -> None:
    Path("code/v1").mkdir(parents=True)
    Path("code/v1/left").write_text("by a build that failed")
    folder = made("sh", "build.sh", "$HOME; ls")
    assert (folder / "sorted").read_text() == "a\nb\n"
    assert Path("code/v1.build.log").read_text() == "build.sh\nsorted\nwords.txt\n"
    assert json.loads((folder / "variant.json").read_text())["build"] == ["sh", "build.sh", "$HOME; ls"]
    assert sorted(path.name for path in Path("src").iterdir()) == ["build.sh", "words.txt"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ("sh", "-c", "seq 30; echo no luck >&2; exit 3"),
            "the build `sh -c 'seq 30; echo no luck >&2; exit 3'` ended with status 3; the end of code/v1.build.log:\n"
            + "".join(f"    {number}\n" for number in range(20, 31))
            + "    no luck",
        ),
        (
            ("sh", "-c", "kill -9 $$"),
            "the build `sh -c 'kill -9 $$'` ended with signal 9; the end of code/v1.build.log:\n"
            "    (it printed nothing)",
        ),
        (("no-such-maker",), "the build `no-such-maker` can't be started: No such file or directory: no-such-maker"),
    ],
)
def test_a_build_that_fails_makes_no_variant_and_says_why(command: tuple[str, ...], message: str) -> None:
    with pytest.raises(BuildError) as error:
        made(*command)
    assert str(error.value) == message
    assert not Path("code/v1/variant.json").exists()


def test_a_build_must_leave_protected_files_alone() -> None:
    protect = {"words.txt": hashlib.sha256(b"b\na\n").hexdigest()}
    assert made("true", protect=protect)
    with pytest.raises(BuildError, match="the build has changed words.txt, which is protected".replace(".", r"\.")):
        made("sh", "-c", "sort -o words.txt words.txt", protect=protect)


def test_a_build_that_is_made_anew_takes_the_mark_of_the_former_away_before_its_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made("true")
    marked = []
    rmtree = shutil.rmtree

    def watched(folder: Path) -> None:
        marked.append((folder / "variant.json").exists())
        rmtree(folder)

    monkeypatch.setattr(shutil, "rmtree", watched)
    assert (made("true") / "variant.json").exists()
    assert marked == [False]
