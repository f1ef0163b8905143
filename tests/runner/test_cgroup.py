"""A control group's files in, what may be used in it and what the kernel killed out."""

from pathlib import Path

import pytest

from expc.runner import cgroup
from expc.runner.ending import Cause, Ending, judge
from expc.runner.process import Ended

STEP = "slurm_n1/uid_0/job_7/step_0/task_0"
V1 = {
    "proc/self/cgroup": f"8:pids:/\n4:memory:/{STEP}\n0::/\n",
    f"sys/fs/cgroup/memory/{STEP}/memory.stat": "cache 0\nhierarchical_memory_limit 629145600\n",
    f"sys/fs/cgroup/memory/{STEP}/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
}
V2 = {
    "proc/self/cgroup": "0::/job_7/step_0\n",
    "sys/fs/cgroup/job_7/memory.max": "629145600\n",
    "sys/fs/cgroup/job_7/step_0/memory.max": "max\n",
    "sys/fs/cgroup/job_7/step_0/memory.events": "low 0\noom 0\noom_kill 0\n",
}
BOUNDLESS = {**V1, f"sys/fs/cgroup/memory/{STEP}/memory.stat": "hierarchical_memory_limit 9223372036854771712\n"}


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize("files", [V1, V2])
def test_the_nearest_limit_counts_and_each_kill_is_told_of_once(files: dict[str, str], tmp_path: Path) -> None:
    root = written(tmp_path, files)
    assert cgroup.most(str(root)) == 600
    kills = cgroup.Kills(str(root))
    found = [kills.happened()]
    events = root / list(files)[-1]
    events.write_text(events.read_text().replace("oom_kill 0", "oom_kill 2"))
    found += [kills.happened(), kills.happened()]
    assert found == [False, True, False]


@pytest.mark.parametrize("files", [{}, BOUNDLESS])
def test_without_a_limit_there_is_what_the_machine_has(files: dict[str, str], tmp_path: Path) -> None:
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert cgroup.most(str(written(tmp_path, files))) == int(total.split()[1]) // 1024
    assert cgroup.Kills(str(tmp_path)).happened() is False


ALONE = "the kernel killed it for want of memory: it occupied 580 MiB, and 600 MiB is all that may be used here"
AMONG = ALONE.replace("580 MiB", "580 MiB, beside 2 others")


@pytest.mark.parametrize(
    ("beside", "before", "ending"),
    [
        (0, 0, Ending("memory", Cause("memory", ALONE), detail=ALONE)),
        (2, 0, Ending("signal", again=True, detail=AMONG)),
        (2, 3, Ending("memory", Cause("memory", AMONG), detail=AMONG)),
    ],
)
def test_what_the_kernel_killed_alone_would_only_be_killed_again(beside: int, before: int, ending: Ending) -> None:
    ended = Ended(exit=None, signal=9, seconds=1.0, peak=580, starved=600, beside=beside)
    assert judge(ended, signalled=before, advanced=False, time=None, memory=None) == ending


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="this kernel has no such score")
def test_where_memory_runs_out_the_kernel_takes_a_trial_first(project):
    do = "measure('score', int(open('/proc/self/oom_score_adj').read()), step=1)"
    project.plan(project.trial("t1", params={"do": do}))
    assert project.run()[0] == 0
    assert project.outcome("t1")["metrics"]["validation.score"] == 500
