"""Resources in, what a plan's line says of them out: only what isn't usual, so that older plans keep their bytes."""

from expc.spec import Resources


def asks(limits: Resources, usual: Resources) -> dict[str, int | str | bool]:
    """What is asked for beside processors, memory and time, where a stage's trials usually have others."""
    per_job = limits.trials_per_job if limits.trials_per_job != usual.trials_per_job else 0
    return {
        **({"gpus": limits.gpus} if limits.gpus else {}),
        **({"gpu": limits.gpu} if limits.gpus and limits.gpu else {}),
        **({"nodes": limits.nodes} if limits.nodes > 1 else {}),
        **({"launcher": limits.launcher} if limits.launcher else {}),
        **({"exclusive": True} if limits.exclusive else {}),
        **({"preemptible": True} if limits.preemptible else {}),
        **({"at_once": limits.trials_at_once} if limits.trials_at_once > 1 else {}),
        **({"per_job": per_job or "auto"} if per_job != 0 else {}),
    }
