"""What a run says of a log that grows, before Snakemake gives up."""

from __future__ import annotations

from pathlib import Path

from expc.cli.watching.hindered import AGAIN, Hindered

REFUSED = """\
    message: SLURM sbatch failed. The error message was 'sbatch: error: Batch job submission failed: {why}'.
    sbatch call:
        sbatch --parsable
"""
FAILED = """\
Error in rule batch:
    message: SLURM-job '7' failed, SLURM status is: 'FAILED'.
    log: results/toy/batches/ab/train-{lines}.0.log, .snakemake/slurm_logs/7.log (check log file(s) for error details)
"""
TOLD = """\
SLURM refuses jobs:
    sbatch: error: Batch job submission failed: {why}
`expc doctor --site FILE` tries a job in each partition; what is asked of a partition stands in the site file."""


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_a_refusal_is_told_once_when_all_of_it_has_been_written(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    log.write_text(REFUSED.format(why="of an earlier start"))
    hindered = Hindered(log, lambda: False, tmp_path)
    assert hindered.news() == ""
    whole = REFUSED.format(why="Invalid qos")
    add(log, whole[:70])
    assert hindered.news() == ""
    add(log, whole[70:])
    assert hindered.news() == TOLD.format(why="Invalid qos") + "\n" + AGAIN
    add(log, whole + whole)
    assert hindered.news() == ""
    add(log, REFUSED.format(why="Requested node configuration is not available"))
    assert hindered.news() == TOLD.format(why="Requested node configuration is not available") + "\n" + AGAIN


def test_a_log_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    hindered = Hindered(log, lambda: False, tmp_path)
    assert hindered.news() == ""
    add(log, REFUSED.format(why="Invalid qos"))
    assert hindered.news() == TOLD.format(why="Invalid qos") + "\n" + AGAIN


def test_what_jobs_say_is_told_as_long_as_no_trial_has_begun(tmp_path: Path) -> None:
    log, folder, begun = tmp_path / "snakemake.log", tmp_path / "results/toy/batches/ab", [False]
    folder.mkdir(parents=True)
    for lines, words in (("1-2", "no image"), ("3-4", "no image"), ("5-6", "killed")):
        (folder / f"train-{lines}.0.log").write_text(f"job 7 on n1, until 2026-11-21 13:48:44\n{words}\n")
    hindered = Hindered(log, lambda: begun[0], tmp_path)
    for lines, told in (
        ("1-2", "results/toy/batches/ab/train-1-2.0.log says:\n    no image\n" + AGAIN),
        ("1-2", ""),
    ):
        add(log, FAILED.format(lines=lines))
        assert hindered.news() == told
    begun[0] = True
    add(log, FAILED.format(lines="5-6"))
    assert hindered.news() == ""


def test_many_jobs_that_say_the_same_are_one_message(tmp_path: Path) -> None:
    log, folder = tmp_path / "snakemake.log", tmp_path / "results/toy/batches/ab"
    folder.mkdir(parents=True)
    hindered = Hindered(log, lambda: False, tmp_path)
    said = []
    for number in range(1, 40):
        (folder / f"train-{number}-{number}.0.log").write_text("no image\n")
        add(log, FAILED.format(lines=f"{number}-{number}"))
        said.append(hindered.news())
    assert said == ["results/toy/batches/ab/train-1-1.0.log says:\n    no image\n" + AGAIN] + [""] * 38
