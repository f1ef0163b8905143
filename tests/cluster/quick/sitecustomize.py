"""Snakemake's executor for SLURM in, one that looks at its jobs twice a second out; for tests, by PYTHONPATH alone.

It adds ten seconds to its pause after each look at which no job had ended, and its end waits for the pause: a workflow
of ten seconds takes a minute. Nothing else of it is changed."""

import asyncio
import importlib.util
import sys

PAUSE = 0.5
MODULE = "snakemake_interface_executor_plugins.executors.remote"


class Quick:
    """Finds the module in which the pause is, once; whoever doesn't import it pays nothing."""

    def find_spec(self, name, path=None, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            module.RemoteExecutor.sleep = pause

        spec.loader.exec_module = exec_module
        return spec


async def pause(executor):
    await asyncio.sleep(PAUSE)


sys.meta_path.insert(0, Quick())
