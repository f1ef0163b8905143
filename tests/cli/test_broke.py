"""What is shown of Snakemake's log."""

from pathlib import Path

from expc.cli.broke import broke, last_lines

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


def test_a_log_that_is_gone_by_now_says_nothing(tmp_path: Path) -> None:
    gone = tmp_path / "gone.log"
    assert last_lines(gone) == ""
    assert broke(gone, tmp_path) == f"Snakemake ended with an error; {gone} holds all it said:\n"
