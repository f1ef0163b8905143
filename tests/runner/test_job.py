"""Who pays for an attempt: its user, and in SLURM the job that leads from a trial to the queue, and back."""

import json
import os
import pwd

import pytest

from expc.runner.job import held, job, user

SLURM = {
    "SLURM_JOB_ID": "71", "SLURMD_NODENAME": "n17", "SLURM_JOB_PARTITION": "gpu", "SLURM_JOB_USER": "ada",
    "SLURM_JOB_NAME": "x",
}  # fmt: skip
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize(
    ("environ", "expected", "whose"),
    [
        ({}, {}, ME),
        (SLURM, {"job": "71", "node": "n17", "partition": "gpu"}, "ada"),
        ({"SLURM_JOB_ID": "71"}, {"job": "71"}, ME),
        ({"SLURM_JOB_ID": "", "SLURM_JOB_USER": "ada"}, {}, ME),
    ],
)
def test_a_job_is_known_by_what_slurm_says(environ, expected, whose):
    assert (job(environ), user(environ)) == (expected, whose)


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ({"cpus": 2}, {"cpus": 2}),
        ({"cpus": 2, "nodes": 3, "gpus": 4}, {"cpus": 6, "gpus": 12}),
        ({"cpus": 2, "gpus": 1, "at_once": 3}, {"cpus": 2, "gpus": 1, "at_once": 3}),
        ({"cpus": 2, "at_once": 3}, {"cpus": 2}),
    ],
)
def test_what_an_attempt_holds_follows_from_its_line(asks, expected):
    assert held(asks) == expected


@pytest.mark.parametrize("inside", [False, True])
def test_ledger_and_outcome_name_the_job_and_its_node(project, inside):
    busy = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    project.plan(project.trial("t1", params={"do": busy}))
    assert project.run(env={"PATH": os.environ["PATH"], **(SLURM if inside else {})})[0] == 0

    began, ended = map(json.loads, project.of("t1", "attempts.jsonl").read_text().splitlines())
    who = {"user": "ada", "job": "71", "node": "n17", "partition": "gpu"} if inside else {"user": ME}
    asked = {key: value for key, value in began.items() if key not in ("started", "pid", "log")}
    assert asked == {"attempt": 1, "host": os.uname().nodename, "cpus": 1, **who}
    outcome = project.outcome("t1")
    where = {key: outcome["hardware"].get(key) for key in ("job", "node")}
    assert where == ({"job": "71", "node": "n17"} if inside else {"job": None, "node": None})
    assert 0.2 <= outcome["cpu_seconds"] == ended["cpu_seconds"] <= 5
