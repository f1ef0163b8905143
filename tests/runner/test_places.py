"""What stands in the way of a workflow that wants to write, in words."""

import errno
import os
import stat
from pathlib import Path

import pytest

from expc.runner import places


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_nobody(check):
    """What a check says to somebody who isn't root, who may write everywhere."""
    if os.getuid():
        return check()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writing, repr(check()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return eval(said.read())


@pytest.mark.parametrize("name", ["results", "results/trials", "results/code", "results/mine", "results/.cache"])
def test_a_file_where_a_folder_is_meant_is_named(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    assert places.blocked(["mine"]) == [f"{name} is a file, and expc keeps a folder there; move it away"]


def test_a_link_that_leads_nowhere_is_named(folder):
    (folder / "results").symlink_to("nowhere")
    assert places.blocked() == ["results is a link that leads nowhere, and expc keeps a folder there; move it away"]


def test_folders_that_are_there_or_are_not_there_yet_are_fine(folder):
    assert (places.blocked(["mine"]), places.shut(["mine"])) == ([], [])
    (folder / "results" / "trials").mkdir(parents=True)
    assert (places.blocked(["mine"]), places.shut(["mine"])) == ([], [])


@pytest.mark.parametrize(("name", "called"), [(".", "this folder"), ("results", "results"), ("results/mine",) * 2])
def test_a_folder_that_belongs_to_somebody_else_is_named(folder, name, called):
    if name != ".":
        (folder / name).mkdir(parents=True)
        for above in (folder, folder / "results"):
            above.chmod(0o777)
    (folder / name).chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
    for above in folder.parents:
        if not os.getuid() and not above.stat().st_mode & stat.S_IXOTH:
            above.chmod(above.stat().st_mode | stat.S_IXOTH)
    assert as_nobody(lambda: places.shut(["mine"])) == [
        f"{called} can't be written in; ask its owner, or change its mode with chmod"
    ]


def test_a_full_disk_is_told_before_anything_is_begun(folder, monkeypatch):
    monkeypatch.setattr(places, "LITTLE", 2**80)
    assert places.shut() == ["the disk of this folder is full; make room first"]
    (folder / "results").mkdir()
    assert places.shut() == ["the disk of results is full; make room first"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk of results/own/results.csv is full, or your share of it; make room, and start again: "
         "what is finished stays"),
        (errno.ENOTDIR, "results/own is a file, and expc keeps a folder there; move it away"),
        (errno.EEXIST, "results/own is a file, and expc keeps a folder there; move it away"),
        (errno.EISDIR, "results/own/results.csv is a folder, and a file is meant; move it away, or name another"),
        (errno.EACCES, "results/own/results.csv: Permission denied; ask its owner, or change its mode with chmod"),
        (errno.EIO, "results/own/results.csv: Input/output error"),
    ],
)  # fmt: skip
def test_an_error_of_the_system_says_the_path_and_what_to_do(folder, number, said):
    (folder / "results").mkdir()
    (folder / "results" / "own").touch()
    assert places.words(OSError(number, os.strerror(number), "results/own/results.csv")) == said


def test_where_a_file_takes_the_place_of_another_it_is_the_other_that_is_named(folder):
    (folder / "results" / "table.csv").mkdir(parents=True)
    (folder / "results" / ".table.csv.7").touch()
    with pytest.raises(OSError, match="directory") as error:
        Path("results/.table.csv.7").replace("results/table.csv")
    said = "results/table.csv is a folder, and a file is meant; move it away, or name another"
    assert places.words(error.value) == said


def test_an_error_without_a_path_is_said_all_the_same():
    assert places.words(OSError(errno.ENOSPC, "No space left on device")).startswith("the disk is full")
    assert places.words(OSError(errno.EIO, "Input/output error")) == "expc: Input/output error"
    assert places.words(OSError("it broke")) == "expc: it broke"


@pytest.mark.parametrize(
    ("folder", "sign"),
    [
        ("/home/ada/my experiments/ü {x} 'q' & 50 %", ""),
        ("/home/ada/$(id)", "'$'"),
        ("/home/ada/a`b", "'`'"),
        ("/home/ada/a\\b", repr("\\")),
        ("/home/ada/run%j", "'%j'"),
        ("/home/ada/%3A", "'%3A'"),
    ],
)
def test_a_folder_whose_path_a_shell_or_slurm_reads_otherwise_is_refused_for_jobs(folder: str, sign: str) -> None:
    said = f"{folder}: SLURM's commands and a shell take {sign} in a path for something else; rename the folder"
    assert places.misread(folder) == ([said] if sign else [])
