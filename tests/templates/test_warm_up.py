"""What a template preloads leaves nothing behind that could change a number, or hang a fork."""

import json
import subprocess
import sys

import pytest

from expc.assets import asset

LOOK = """
import json, os, sys
import torch
sys.path.insert(0, sys.argv[1])

def state():
    threads = sorted(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else []
    return [torch.get_rng_state().tolist(), torch.initial_seed(), torch.get_num_threads(), threads]

before = state()
import warm_up
after = state()
child = os.fork()
if child == 0:  # large enough for several threads
    torch.manual_seed(1)
    a = torch.randn(600, 600, requires_grad=True)
    (a @ a).relu().sum().backward()
    os._exit(0 if a.grad is not None else 1)
print(json.dumps([before == after, os.waitpid(child, 0)[1]]))
"""


@pytest.mark.slow
def test_random_state_and_threads_are_as_before_and_a_fork_can_begin_threads():
    for threads in ("1", "3"):
        found = subprocess.run(
            [sys.executable, "-c", LOOK, str(asset("templates", "shared"))],
            env={"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        assert json.loads(found.stdout) == [True, 0], (threads, found.stderr)
