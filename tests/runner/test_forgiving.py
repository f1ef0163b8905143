"""The executor as it is installed in, one that SLURM's silence doesn't make forget its jobs out."""

import asyncio
import importlib
import logging
import time
import types
from typing import Any

import pytest

from expc.runner.forgiving import anywhere, as_it_is, forgive, nobodys

Answer = tuple[Any, Any]
QUERIES = importlib.import_module("snakemake_executor_plugin_slurm.job_status_query")
SACCT, SQUEUE = QUERIES.query_job_status_sacct("a-run"), f"{QUERIES.query_job_status_squeue('a-run')} --all"


def installed(query_job_status: Any) -> Any:
    """What of the executor's module is changed; looking at jobs is asking for them."""

    class Executor:
        async def check_active_jobs(self, active_jobs: list[Any]) -> Any:
            states, _ = await module.query_job_status(self, logging.getLogger())
            for job in active_jobs:
                yield job.external_jobid, states.get(job.external_jobid)

    async def heard(status: str, *jobs: str) -> list[Any]:
        wanted = [types.SimpleNamespace(external_jobid=job) for job in jobs]
        return [state async for _, state in Executor.check_active_jobs(status, wanted)]  # type: ignore[arg-type]

    module = types.SimpleNamespace(
        query_job_status=query_job_status,
        query_job_status_squeue=QUERIES.query_job_status_squeue,
        get_submit_command=None,
        Executor=Executor,
        heard=heard,
    )
    return module


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

    executor = installed(query_job_status)
    forgive(executor)
    forgive(executor)
    assert asyncio.run(executor.query_job_status("squeue --name x", logging.getLogger())) == heard
    assert caplog.messages == said


@pytest.mark.parametrize(
    ("accounted", "queued", "heard"),
    [
        ({"7": "NODE_FAIL"}, {"7": "PENDING"}, {"7": "PENDING"}),
        ({"7": "PREEMPTED"}, {"7": "RUNNING"}, {"7": "RUNNING"}),
        ({"7": "NODE_FAIL"}, {"7": "NODE_FAIL"}, {"7": "NODE_FAIL"}),
        ({"7": "PREEMPTED"}, {"7": "PREEMPTED"}, {"7": "CANCELLED"}),
        ({"7": "PREEMPTED", "8": "NODE_FAIL"}, {}, {"7": "CANCELLED", "8": "NODE_FAIL"}),
        ({"7": "NODE_FAIL", "8": "COMPLETED"}, None, {"8": "COMPLETED"}),
        ({"7": "FAILED", "8": "TIMEOUT"}, {"7": "PENDING"}, {"7": "FAILED", "8": "TIMEOUT"}),
    ],
)
def test_sacct_may_not_know_yet_that_a_job_without_its_node_is_queued_again(
    accounted: dict[str, str], queued: dict[str, str] | None, heard: dict[str, str]
) -> None:
    answers = {SACCT: (accounted, 0.1), SQUEUE: (queued, None if queued is None else 0.1)}

    async def query_job_status(command: str, logger: logging.Logger) -> Answer:
        return answers[command]

    executor = installed(query_job_status)
    forgive(executor)
    assert asyncio.run(executor.heard(SACCT, "7", "8")) == [heard.get("7"), heard.get("8")]


Looks = list[tuple[float, dict[str, str] | None, dict[str, str] | None, str | None]]


@pytest.mark.parametrize(
    ("status", "looks"),
    [
        (SQUEUE, [(0, {}, {}, None), (600, {}, {}, None), (601, {}, {}, "FAILED")]),
        (SQUEUE, [(0, {}, {}, None), (300, None, None, None), (601, {}, {}, None), (1202, {}, {}, "FAILED")]),
        (SQUEUE, [(0, {}, {}, None), (300, {"7": "PENDING"}, {}, "PENDING"), (601, {}, {}, None)]),
        (SACCT, [(0, {}, {}, None), (601, {}, {}, "FAILED")]),
        (SACCT, [(0, {}, {}, None), (601, {}, {"7": "RUNNING"}, None), (999, {"7": "COMPLETED"}, {}, "COMPLETED")]),
        (SACCT, [(0, {}, {}, None), (601, {}, None, None), (602, {}, {}, "FAILED")]),
        (SACCT, [(0, {"7": "PENDING"}, {}, "PENDING"), (601, {"7": "PENDING"}, {}, "FAILED")]),
        (SACCT, [(0, {"7": "REQUEUED"}, {}, "REQUEUED"), (601, {"7": "RUNNING"}, {}, "FAILED")]),
        (SACCT, [(0, {"7": "RUNNING"}, {}, "RUNNING"), (601, {"7": "COMPLETED"}, {}, "COMPLETED")]),
        (SACCT, [(0, {"7": "RUNNING"}, {}, "RUNNING"), (601, {"7": "RUNNING"}, {"7": "RUNNING"}, "RUNNING")]),
        (SACCT, [(n, {"7": "RUNNING"}, None if n == 400 else {}, "RUNNING") for n in (0, 400, 601, 1201)]),
        (
            SACCT,
            [(n, {"7": "RUNNING"} if n - 400 else None, {}, None if n == 400 else "RUNNING") for n in (0, 400, 601)],
        ),
    ],
)
def test_a_job_of_which_slurm_knows_nothing_for_ten_minutes_is_submitted_again(
    status: str, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = looks[0]

    async def query_job_status(command: str, logger: logging.Logger) -> Answer:
        found = look[1] if command == status else look[2]
        return found, None if found is None else 0.1

    executor = installed(query_job_status)
    forgive(executor)
    monkeypatch.delenv("SBATCH_CLUSTERS", raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + look[0])
    for look in looks:
        assert asyncio.run(executor.heard(status, "7")) == [look[3]], look


@pytest.mark.parametrize(
    ("accounted", "clusters", "asked"),
    [
        ({"7": "RUNNING"}, None, [0, 120, 240]),
        ({"7": "PENDING"}, "other", []),
        ({"7": "COMPLETED"}, None, []),
        ({"7": "NODE_FAIL"}, None, [0, 60, 119, 120, 180, 240]),
        ({"6": "NODE_FAIL", "7": "RUNNING"}, None, [0, 120, 240]),
        ({"6": "NODE_FAIL"}, None, []),
    ],
)
def test_where_accounts_are_kept_the_queue_is_asked_only_about_jobs_that_are_waited_for_and_seldom(
    accounted: dict[str, str], clusters: str | None, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, looks = [0], []

    async def query_job_status(command: str, logger: logging.Logger) -> Answer:
        looks.extend(clock if command == SQUEUE else [])
        return accounted if command == SACCT else {"7": "RUNNING"}, 0.1

    executor = installed(query_job_status)
    forgive(executor)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + clock[0])
    monkeypatch.delenv("SBATCH_CLUSTERS", raising=False)
    if clusters:
        monkeypatch.setenv("SBATCH_CLUSTERS", clusters)
    for clock[0] in (0, 60, 119, 120, 180, 240):
        asyncio.run(executor.heard(SACCT, "7"))
    assert looks == asked


def test_what_is_preempted_in_the_queue_does_not_come_back() -> None:
    async def query_job_status(command: str, logger: logging.Logger) -> Answer:
        return {"7": "PREEMPTED", "8": "PENDING"}, 0.1

    executor = installed(query_job_status)
    forgive(executor)
    heard, _ = asyncio.run(executor.query_job_status("squeue --name x", logging.getLogger()))
    assert heard == {"7": "CANCELLED", "8": "PENDING"}


@pytest.mark.parametrize(("stated", "option"), [("research", [" -A research"]), (None, [""])])
def test_a_job_is_submitted_although_nobody_tells_whose_account_it_is(
    stated: str | None, option: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the executor itself makes of it: its database doesn't answer."""
    module = importlib.import_module("snakemake_executor_plugin_slurm")
    monkeypatch.setenv("PATH", "")  # neither sacctmgr nor sshare nor sacct
    executor = types.SimpleNamespace(logger=logging.getLogger(), _fallback_account_arg=None)
    resources = types.SimpleNamespace(slurm_account=stated, get={"slurm_account": stated}.get)
    asked = module.Executor.get_account_arg(executor, types.SimpleNamespace(resources=resources))
    with pytest.raises(FileNotFoundError):
        next(asked)
    monkeypatch.setattr(module, "validate_account", as_it_is)
    monkeypatch.setattr(module, "get_account", nobodys)
    asked = module.Executor.get_account_arg(executor, types.SimpleNamespace(resources=resources))
    assert list(asked) == option


def test_the_executor_that_is_installed_asks_by_these_names() -> None:
    executor = importlib.import_module("snakemake_executor_plugin_slurm").Executor
    assert {"query_job_status", "query_job_status_squeue"} <= set(executor.check_active_jobs.__code__.co_names)
    assert {"validate_account", "get_account"} <= set(executor.get_account_arg.__code__.co_names)
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
