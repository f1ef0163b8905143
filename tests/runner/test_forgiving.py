"""The executor as it is installed in, one that SLURM's silence doesn't make forget its jobs out."""

import asyncio
import importlib
import logging
import types
from typing import Any

import pytest

from expc.runner.forgiving import anywhere, forgive

Answer = tuple[Any, Any]


@pytest.mark.parametrize(
    ("answer", "heard", "said"),
    [
        (({"7": "RUNNING"}, 0.1), ({"7": "RUNNING"}, 0.1), []),
        (({}, 0.1), ({}, 0.1), []),
        (({"7": "CANCELLED by 0"}, 0.1), ({"7": "CANCELLED"}, 0.1), []),
        ((None, None), ({}, 0.0), ["SLURM does not answer (squeue): nothing follows from that, and it is asked again"]),
    ],
)
def test_without_an_answer_nothing_is_known_of_any_job(
    answer: Answer, heard: Answer, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def query_job_status(command: str, logger: logging.Logger) -> Answer:
        return answer

    executor = types.SimpleNamespace(query_job_status=query_job_status, get_submit_command=None)
    forgive(executor)
    forgive(executor)
    assert asyncio.run(executor.query_job_status("squeue --name x", logging.getLogger())) == heard
    assert caplog.messages == said


def test_the_executor_that_is_installed_asks_by_these_names() -> None:
    executor = importlib.import_module("snakemake_executor_plugin_slurm").Executor
    assert "query_job_status" in executor.check_active_jobs.__code__.co_names
    for submission in (executor.run_job, executor.run_array_jobs):
        assert {"get_submit_command", "_failed_nodes"} <= set(submission.__code__.co_names)


@pytest.mark.parametrize("failed", [set(), {"None assigned"}, {"node1", "node[2-3]"}])
def test_no_node_is_excluded(failed: set[str]) -> None:
    """By what the executor itself would make of it."""
    submission = importlib.import_module("snakemake_executor_plugin_slurm.submit_string").get_submit_command
    params = {"run_uuid": "x", "slurm_logfile": "x.log", "comment_str": "x", "account": "", "partition": "main"}
    job = types.SimpleNamespace(resources={}, threads=1, is_group=lambda: False)
    given = (job, {**params, "workdir": "."})
    assert ("--exclude" in submission(*given, failed_nodes=failed)) == bool(failed)
    assert "--exclude" not in anywhere(submission)(*given, failed_nodes=failed)
    assert not failed


def test_where_there_is_no_executor_there_is_nothing_to_do() -> None:
    forgive(None)
