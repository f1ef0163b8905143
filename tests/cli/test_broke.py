"""What is shown of Snakemake's log."""

from pathlib import Path

from expc.cli.watching.broke import broke, last_lines

BANNER = "SNAKEMAKE\n=========\n  Date: today\n"
FAILED = """\
RuleException:
Command 'set -euo pipefail;  expc internal data 1f >results/data/1f.log 2>&1' returned non-zero exit status 1.
Exiting because a job execution failed. Look above for error messages
"""


def test_what_a_failed_rule_said_is_shown_and_else_the_end_of_the_log(tmp_path: Path) -> None:
    log, folder = tmp_path / "snakemake.log", tmp_path / "results" / "data"
    folder.mkdir(parents=True)
    for name in ("1f", "2e"):
        (folder / f"{name}.log").write_text("".join(f"{name} {line}\n" for line in range(20)))
    last = [f"1f {line}" for line in range(8, 20)]
    log.write_text(BANNER + FAILED)
    assert broke(log, tmp_path).splitlines() == ["results/data/1f.log says:", *(f"    {line}" for line in last)]
    log.write_text(BANNER + FAILED + FAILED + FAILED.replace("1f", "2e"))
    assert broke(log, tmp_path).count(" says:\n") == 2
    log.write_text(BANNER + "unrecognized arguments: --frobnicate\n")
    assert broke(log, tmp_path) == (
        f"Snakemake ended with an error; {log} holds all it said:\n"
        "    SNAKEMAKE\n    =========\n      Date: today\n    unrecognized arguments: --frobnicate"
    )


def test_an_option_that_nobody_has_is_named_without_pages_on_all_others(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    log.write_text("usage: snakemake [-h]\n    [targets ...]\n__main__.py: error: unrecognized arguments: --seeds 2\n")
    said = "--seeds 2: neither `expc run --help` nor `snakemake --help` has it; what varies stands in the spec"
    assert broke(log, tmp_path) == said


def test_a_log_that_is_gone_by_now_says_nothing(tmp_path: Path) -> None:
    gone = tmp_path / "gone.log"
    assert last_lines(gone) == ""
    assert broke(gone, tmp_path) == f"Snakemake ended with an error; {gone} holds all it said:\n"


def test_of_jobs_that_slurm_never_took_its_own_words_are_shown_once(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    refused = (
        "    message: SLURM sbatch failed. The error message was 'sbatch: error: a site's own remark\n"
        "sbatch: error: Batch job submission failed: Invalid feature specification'.\n"
        "    sbatch call:\n        sbatch --parsable -C haswell\n    jobid: 4\n"
    )
    log.write_text(BANNER + refused * 3 + "WorkflowError:\nAt least one job did not complete successfully.\n")
    assert broke(log, tmp_path).splitlines()[:3] == [
        "SLURM refuses jobs:",
        "    sbatch: error: a site's own remark",
        "    sbatch: error: Batch job submission failed: Invalid feature specification",
    ]
    assert broke(log, tmp_path).count("SLURM refuses jobs:") == 1


def test_of_jobs_that_failed_what_they_said_is_shown_once(tmp_path: Path) -> None:
    log, folder = tmp_path / "snakemake.log", tmp_path / "results" / "toy" / "batches" / "ab"
    folder.mkdir(parents=True)
    failed = (
        "Error in rule batch:\n    message: SLURM-job '7' failed\n"
        "    log: results/toy/batches/ab/{name}.log, {slurm} (check log file(s) for error details)\n"
    )
    names = ["train-1-2.0", "train-3-4.0", "train-5-6.0", "train-7-8.0"]
    for number, name in enumerate(names):
        (folder / f"{name}.log").write_text(
            f"job {number} on n1, until 2026-11-21 13:48:44\nno command 'module' on n1\n"
        )
    (folder / "train-7-8.0.done").touch()  # its next job went well
    (folder / "train-5-6.0.log").write_text("")  # it died before the runner began
    slurm = tmp_path / "a folder, with signs" / "7.log"
    slurm.parent.mkdir()
    slurm.write_text("slurmstepd: error: nothing mounted\n")
    log.write_text(BANNER + 2 * "".join(failed.format(name=name, slurm=slurm) for name in names))
    assert broke(log, tmp_path).splitlines() == [
        "results/toy/batches/ab/train-1-2.0.log, as 1 other did, says:",
        "    no command 'module' on n1",
        f"{slurm} says:",
        "    slurmstepd: error: nothing mounted",
    ]
