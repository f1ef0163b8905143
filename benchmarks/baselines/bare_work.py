"""A number of trials in, the seconds that their work takes out: two warm processes that do nothing else."""

import json
import multiprocessing
import sys
import time

from work import work


def share(count, steps, together, spent):
    """One process's trials; the first, which warms it up, doesn't count."""
    work(steps, 0.001, 0)
    together.wait()
    before = time.process_time()
    for seed in range(count):
        work(steps, 0.001, seed)
    with spent.get_lock():
        spent.value += time.process_time() - before
    together.wait()


def main():
    count, steps, cores = map(int, sys.argv[1:])
    context = multiprocessing.get_context("spawn")
    together, spent = context.Barrier(cores + 1), context.Value("d", 0.0)
    for _ in range(cores):
        context.Process(target=share, args=(count // cores, steps, together, spent)).start()
    together.wait()
    began = time.perf_counter()
    together.wait()
    wall = time.perf_counter() - began
    print(json.dumps({"wall": wall, "cpu": spent.value}))


if __name__ == "__main__":
    main()
