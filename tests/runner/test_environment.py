"""What a trial sees of the machine: an allowlist of variables, no network, any Python from 3.8."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from expc.runner.environment import allowed

TELLS = (
    "json.dump([dict(os.environ), hash('a'), sys.argv, sys.path[0], os.listdir(os.environ['HOME'])], open('seen', 'w'))"
)
PLANTED = {
    "OPENAI_API_KEY": "sk", "AWS_SECRET_ACCESS_KEY": "s", "SLURM_JWT": "j", "CUDA_TOKEN": "t", "PYTHONPATH": "/p",
    "HTTPS_PROXY": "p", "EXPC_CPUS": "64", "OMP_NUM_THREADS": "64", "PYTHONHASHSEED": "5",
    "CUDA_VISIBLE_DEVICES": "", "SLURM_JOB_ID": "7", "LC_TIME": "C", "TZ": "UTC", "HOME": "/home/me",
}  # fmt: skip


@pytest.mark.parametrize("cold", [[], ["--cold"]])
def test_a_trial_sees_an_allowlist_and_what_the_contract_names(project, cold):
    project.plan(project.trial("t1", cpus=2, time=60, checkpoints=["last", "step-1"], params={"do": TELLS}))
    environ = {"PATH": os.environ["PATH"], **PLANTED}
    assert project.run("train", *cold, env=environ)[0] == 0
    seen, hashed, argv, path, home = json.loads(project.of("t1", "seen").read_text())
    folder = str(project.of("t1"))
    mine = {name: value for name, value in seen.items() if name.startswith("EXPC_")}
    assert float(mine.pop("EXPC_DEADLINE")) > 0
    assert mine == {
        "EXPC_TRIAL_DIR": folder, "EXPC_CHECKPOINT_DIR": folder + "/checkpoints", "EXPC_CHECKPOINTS": "last step-1",
        "EXPC_CPUS": "2", "EXPC_GPUS": "0",
    }  # fmt: skip
    others = {name: seen.get(name) for name in (*PLANTED, "MKL_NUM_THREADS") if name not in mine}
    assert others == {
        "OPENAI_API_KEY": None, "AWS_SECRET_ACCESS_KEY": None, "SLURM_JWT": None, "CUDA_TOKEN": None,
        "PYTHONPATH": None, "HTTPS_PROXY": None, "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "", "SLURM_JOB_ID": "7", "LC_TIME": "C", "TZ": "UTC", "HOME": seen["HOME"],
        "MKL_NUM_THREADS": "2",
    }  # fmt: skip
    cold_hash = subprocess.check_output(
        [project.python, "-c", "print(hash('a'))"], env={"PYTHONHASHSEED": "0", "PATH": os.environ["PATH"]}
    )
    code = str(project.folder / "results" / "code" / "warm")
    assert (hashed, argv, path, home) == (int(cold_hash), [code + "/train.py"], code, [])
    assert seen["HOME"] != PLANTED["HOME"]
    assert not Path(seen["HOME"]).exists()


def test_what_is_allowed_is_allowed_again():
    once = allowed({**PLANTED, "PATH": "/bin"}, 2)
    assert allowed(once, 2) == once


def test_a_trial_has_no_network_where_it_can_be_denied(project):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        do = f"import socket; measure('outside', socket.socket().connect_ex(('127.0.0.1', {port})), step=1)"
        inside = "; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
        project.plan(project.trial("t1", params={"do": do + inside}))
        assert project.run()[0] == 0
    found = project.outcome("t1")
    assert found["network"] in ("none", "open")
    assert (found["metrics"]["validation.outside"] == 0) == (found["network"] == "open")


def test_warm_and_cold_trials_write_the_same(project):
    do = "import random; random.seed(1); measure('random', random.random()); measure('hash', hash('x'))"
    project.plan(project.trial("warm", params={"do": do}))
    assert project.run()[0] == 0
    project.plan(project.trial("cold", params={"do": do}))
    assert project.run("train", "--cold")[0] == 0
    assert project.of("warm", "metrics.jsonl").read_bytes() == project.of("cold", "metrics.jsonl").read_bytes()


def test_modules_are_imported_once_and_a_failing_import_loses_no_trial(project):
    files = {"train.py": Path(project.folder / "results/code/warm/train.py").read_text(), "runner.py": "HERS = 1\n"}
    look = "measure('loaded', int('sqlite3' in sys.modules), step=1)"
    hers = "import runner; measure('hers', runner.HERS, step=1)"
    project.variant("fine", files, preload=["sqlite3"])
    project.variant("broken", files, preload=["sqlite3", "no_such_module"])
    do = {"do": look + "; " + hers}
    project.plan(*(project.trial(f"{v}{n}", variant=v, params=do) for v in ("fine", "broken") for n in (1, 2)))
    status, said = project.run()
    assert status == 0
    assert said.count("imported once for all: sqlite3 in ") == 1
    assert "can't import sqlite3, no_such_module once for all (ModuleNotFoundError: No module named" in said
    measured = {name: project.outcome(name)["metrics"] for name in ("fine1", "fine2", "broken1", "broken2")}
    assert [(m["validation.loaded"], m["validation.hers"]) for m in measured.values()] == [
        (1, 1),
        (1, 1),
        (0, 1),
        (0, 1),
    ]


def test_a_module_of_the_code_that_is_preloaded_runs_once_and_is_nobody_elses(project):
    train = Path(project.folder / "results/code/warm/train.py").read_text()
    for variant in ("a", "b"):
        warm_up = f"import os, sqlite3\nsqlite3.warmed = (os.getpid(), '{variant}')\n"
        project.variant(variant, {"train.py": train, "warm_up.py": warm_up}, preload=["warm_up"])
    look = "import sqlite3; measure('here', int(sqlite3.warmed[0] == os.getpid()), step=1)"
    own = "; import warm_up; measure('own', int(sqlite3.warmed == (os.getpid(), VARIANT)), step=1)"
    trials = [
        project.trial(f"{v}{n}", variant=v, params={"do": look + own.replace("VARIANT", repr(v))})
        for v in ("a", "b")
        for n in (1, 2)
    ]
    project.plan(*trials)
    assert project.run()[0] == 0
    for trial in trials:
        found = project.outcome(trial["id"])["metrics"]
        assert (found["validation.here"], found["validation.own"]) == (0, 1)


@pytest.mark.parametrize("cold", [[], ["--cold"]])
def test_what_a_program_leaves_to_its_exit_happens(project, cold):
    do = """
import atexit, threading, weakref
class Held: pass
held = Held()
weakref.finalize(held, print, "finalized")
atexit.register(print, "atexit")
print("main", end=" ")
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
"""
    project.plan(project.trial("t1", params={"do": do}))
    assert project.run("train", *cold)[0] == 0
    assert project.of("t1", "log.txt").read_text() == "main thread\natexit\nfinalized\n"


@pytest.mark.parametrize("cold", [[], ["--cold"]])
def test_what_a_log_holds_back_is_written_at_the_end(project, cold):
    do = """
import logging.handlers
logging.getLogger().addHandler(logging.handlers.MemoryHandler(9, target=logging.StreamHandler(sys.stdout)))
logging.warning("held back")
print("main")
"""
    project.plan(project.trial("t1", params={"do": do}))
    assert project.run("train", *cold)[0] == 0
    assert project.of("t1", "log.txt").read_text() == "main\nheld back\n"


def test_the_lock_of_a_preloaded_log_is_free_after_a_trials_own_fork(project):
    train = Path(project.folder / "results/code/warm/train.py").read_text()
    warm_up = "import logging, sqlite3\nsqlite3.log = logging.StreamHandler()\n"
    project.variant("logs", {"train.py": train, "warm_up.py": warm_up}, preload=["warm_up"])
    do = """
import sqlite3, threading
held, done = threading.Event(), threading.Event()
def hold():
    with sqlite3.log.lock:
        held.set()
        done.wait()
threading.Thread(target=hold).start()
held.wait()
if os.fork() == 0:
    os._exit(not sqlite3.log.lock.acquire(blocking=False))
measure("taken", os.wait()[1], step=1)
done.set()
"""
    project.plan(*(project.trial(f"t{n}", variant="logs", params={"do": do}) for n in (1, 2)))
    assert project.run()[0] == 0
    assert [project.outcome(f"t{n}")["metrics"]["validation.taken"] for n in (1, 2)] == [0, 0]


def test_a_module_beside_the_program_is_what_python_makes_of_it(project):
    train = Path(project.folder / "results/code/warm/train.py").read_text()
    files = {"train.py": train, "helper.py": "class Kind: pass\n", "torn.py": "x = (\n", "own/__init__.py": "Y = 1\n"}
    project.variant("several", files)
    do = """
import inspect, traceback
import helper, own
print(helper.__file__, helper.__cached__, helper.__spec__.origin, inspect.getsource(helper.Kind), own.Y)
try:
    import torn
except SyntaxError:
    traceback.print_exc(file=sys.stdout)
"""
    said = []
    for trial, cold in ("warm", []), ("cold", ["--cold"]):
        project.plan(project.trial(trial, variant="several", params={"do": do}))
        assert project.run("train", *cold)[0] == 0
        said.append(project.of(trial, "log.txt").read_text())
    assert said[0] == said[1]
    assert "SyntaxError" in said[0]
