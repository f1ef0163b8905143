"""Files that import each other in, one document that knows where everything stands out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.reading.imports import with_imports
from expc.compiler.reading.load import Document, read
from expc.errors import SpecError

SPEC = "expc: 1\nname: digits\ntask: image-classification\n"
DATA = "data: {digits: {source: sklearn}}\n"


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "spec.yaml"


def document(folder: Path, files: Mapping[str, str]) -> Document:
    return with_imports(read(str(written(folder, files))), folder)


def said(folder: Path, files: Mapping[str, str]) -> list[str]:
    found = check_file(str(written(folder, files)))
    return [str(finding).partition("\n")[0].replace(f"{folder}/", "") for finding in found]


def test_this_file_wins_mappings_merge_and_lists_replace(tmp_path: Path) -> None:
    files = {
        "spec.yaml": "import: [a.yaml, sub/b.yaml]\nparams: {lr: 1}\nseeds: [1]\n",
        "a.yaml": "params: {lr: 2, epochs: 2, dropout: 2}\nseeds: [2, 3]\nmetrics: [a]\n",
        "sub/b.yaml": "import: [c.yaml]\nparams: {epochs: 3}\nmetrics: {b: {goal: minimize}}\n",
        "sub/c.yaml": "params: {epochs: 4, dropout: 4, momentum: 4}\nname: c\n",
    }
    assert document(tmp_path, files).value == {
        "import": ["a.yaml", "sub/b.yaml"],
        "params": {"lr": 1, "epochs": 3, "dropout": 4, "momentum": 4},
        "seeds": [1],
        "metrics": {"b": {"goal": "minimize"}},
        "name": "c",
    }


@pytest.mark.parametrize(
    ("pointer", "key", "place"),
    [
        (("params", "lr"), False, ("spec.yaml", 2, 14)),
        (("params", "epochs"), True, ("sub/b.yaml", 2, 10)),
        (("params", "dropout"), False, ("a.yaml", 1, 19)),
        (("params", "momentum"), False, ("sub/c.yaml", 1, 20)),
        (("params", "momentum", "none"), False, ("sub/c.yaml", 1, 20)),
        (("params",), True, ("spec.yaml", 2, 1)),
        (("params", "none"), False, ("spec.yaml", 2, 9)),
        (("metrics", 0), False, ("a.yaml", 2, 11)),
        ((), False, ("spec.yaml", 1, 1)),
    ],
)
def test_everything_has_its_place_in_the_file_that_says_it(
    tmp_path: Path, pointer: tuple[str | int, ...], key: bool, place: tuple[str, int, int]
) -> None:
    files = {
        "spec.yaml": "import: [sub/b.yaml, a.yaml]\nparams: {lr: 1}\n",
        "a.yaml": "params: {dropout: 2}\nmetrics: [a]\n",
        "sub/b.yaml": "import: [c.yaml]\nparams: {epochs: 3}\nmetrics: {b: {goal: minimize}}\n",
        "sub/c.yaml": "params: {momentum: 4}\n",
    }
    path, line, column = document(tmp_path, files).located(pointer, key=key)
    assert (str(Path(path).relative_to(tmp_path)), line, column) == place


def test_findings_of_every_kind_name_the_imported_file(tmp_path: Path) -> None:
    spec = f"{SPEC}{DATA}import: [more.yaml]\n"
    for text, expected in [
        ("params: {lr: 1\n", "more.yaml:1:9: E103"),
        ("seeds: 1\nseeds: 2\n", "more.yaml:2:1: E104"),
        ("sedes: 1\n", "more.yaml:1:1: E201"),
        ("params: {lr: fast}\n", "more.yaml:1:14: E310"),
        ("derive: {lr: 1 / 0}\n", "more.yaml:1:16: E336"),
        ("factors: {lr: [1, 2]}\n", "more.yaml:1:1: R001"),
        ("- a list\n", "more.yaml:1:1: E107"),
        ("", "more.yaml:1:1: E107"),
    ]:
        found = said(tmp_path, {"spec.yaml": spec, "more.yaml": text})
        assert [line[: len(expected)] for line in found] == [expected]


def test_what_keeps_a_file_from_being_imported_is_said_once_and_first(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "latin.yaml").write_bytes("\u00e9: 1\n".encode("latin-1"))
    (tmp_path / "folder.yaml").mkdir()
    names = [
        "large.yaml",
        "latin.yaml",
        "folder.yaml",
        "none.yaml",
        "/etc/hosts.yaml",
        "../up.yaml",
        "spec.yaml",
        "x.py",
    ]
    listed = "".join(f"  - {name}\n" for name in names)
    found = said(tmp_path, {"spec.yaml": f"import:\n{listed}sedes: 3\n"})
    assert [line.split(": ", 1)[1][:70] for line in found] == [
        "E108 'large.yaml' can't be imported: the file has 1,000,001 bytes, and",
        "E108 'latin.yaml' can't be imported: the byte 0xe9 isn't UTF-8",
        "E108 'folder.yaml' can't be imported: it is a directory",
        "E108 'none.yaml' can't be imported: there is no such file",
        "E110 '/etc/hosts.yaml' is no path that holds on every machine",
        "E110 '../up.yaml' leads out of the project",
        "E109 'spec.yaml' imports itself",
        "E108 'x.py' can't be imported: only YAML is",
    ]


def test_a_file_above_the_spec_can_be_imported_inside_the_project_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"common.yaml": DATA, "specs/spec.yaml": f"{SPEC}import: [../common.yaml]\n"}
    written(tmp_path, files)
    found = []
    for folder in (tmp_path, tmp_path / "specs"):
        monkeypatch.chdir(folder)
        found.append([finding.code for finding in check_file(str(tmp_path / "specs/spec.yaml"))])
    assert found == [[], ["E110"]]


def test_what_is_wrong_below_a_file_that_many_import_is_said_once(tmp_path: Path) -> None:
    ladder = {
        f"{side}{step}.yaml": f"import: [a{step + 1}.yaml, b{step + 1}.yaml]\n" for step in range(20) for side in "ab"
    }
    last = {"a20.yaml": "import: [gone.yaml]\n", "b20.yaml": "import: [gone.yaml, x.py]\n"}
    found = said(tmp_path, {"spec.yaml": "import: [a0.yaml, b0.yaml]\n", **ladder, **last})
    assert [line.partition(": E")[2][:30] for line in found] == [
        "108 'gone.yaml' can't be impor",
        "108 'gone.yaml' can't be impor",
        "108 'x.py' can't be imported: ",
    ]


def test_a_file_that_many_import_is_read_once_and_there_are_not_more_than_fifty(tmp_path: Path) -> None:
    ladder = {
        f"{side}{step}.yaml": f"import: [a{step + 1}.yaml, b{step + 1}.yaml]\n" for step in range(24) for side in "ab"
    }
    last = {"a24.yaml": "name: last\n", "b24.yaml": "seeds: 2\n"}
    files = {"spec.yaml": "import: [a0.yaml, b0.yaml]\n", **ladder, **last}
    assert document(tmp_path, files).value["name"] == "last"
    chain = {f"c{step}.yaml": f"import: [c{step + 1}.yaml]\n" for step in range(60)}
    with pytest.raises(SpecError, match=r"E108 'c50.yaml' can't be imported: it is one of more than 50 files"):
        document(tmp_path, {"spec.yaml": "import: [c0.yaml]\n", **chain})
