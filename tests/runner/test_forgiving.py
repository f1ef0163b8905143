"""The executor as it is installed in, one that SLURM's silence doesn't make forget its jobs out."""

import asyncio
import importlib
import logging
import types
from typing import Any

import pytest

from expc.runner.forgiving import forgive

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

    executor = types.SimpleNamespace(query_job_status=query_job_status)
    forgive(executor)
    forgive(executor)
    assert asyncio.run(executor.query_job_status("squeue --name x", logging.getLogger())) == heard
    assert caplog.messages == said


def test_the_executor_that_is_installed_asks_by_that_name() -> None:
    executor = importlib.import_module("snakemake_executor_plugin_slurm")
    assert "query_job_status" in executor.Executor.check_active_jobs.__code__.co_names


def test_where_there_is_no_executor_there_is_nothing_to_do() -> None:
    forgive(None)
