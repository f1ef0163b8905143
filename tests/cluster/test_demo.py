"""The demo's trials, through a real SLURM: the same numbers as on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

DEMO = Path(__file__).parents[2] / "examples" / "digits-optimizers"
NAME = "digits-optimizers"
SMALLER = {"seeds: 3": "seeds: 1", "epochs: 15": "epochs: 2", "model: [mlp, cnn]": "model: [mlp]"}


def test_the_demo_gives_through_slurm_what_it_gives_on_this_machine(
    clusters: tuple[Any, Any], project: Callable[..., Any]
) -> None:
    here, *there = (smaller(project(cluster, DEMO)) for cluster in (clusters[0], *clusters))
    here.snakemake("--workflow-profile", "workflow/profiles/default")
    started = [one.start() for one in there]
    for one, snakemake in zip(there, started, strict=True):
        one.cluster.finish(snakemake)
        assert one.metrics(NAME) == here.metrics(NAME)
        assert {row["status"] for row in one.results(NAME)} == {"done"}
        assert "Nothing to be done" in one.snakemake("-n")


def smaller(project: Any) -> Any:
    spec = project.folder / "spec.yaml"
    text = spec.read_text()
    for old, new in SMALLER.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    spec.write_text(text)
    project.compile(project.cluster.site().replace("most: 8", "most: 2"))
    return project
