"""Trials of earlier stages in, the sets that a later trial takes from together out."""

from __future__ import annotations

from typing import NamedTuple

from expc.plan import Trial


class Joined(NamedTuple):
    """Trials that one trial takes from together."""

    takes: tuple[tuple[str, str, str], ...]
    seeds: tuple[tuple[str, int], ...]
    axes: tuple[tuple[str, int], ...]
    seed: int | None

    @property
    def fold(self) -> int | None:
        return dict(self.axes).get(FOLD)

    def join(self, name: str, trial: Trial, stage: str, checkpoint: str) -> Joined | None:
        """With one more trial, of a stage with a checkpoint; None if they differ in a repetition that both stand
        in."""
        axes = dict(self.axes)
        if any(axes.get(axis, seed) != seed for axis, seed in trial.axes):
            return None
        seeds = dict(self.seeds) | dict(trial.seeds) | {stage: trial.seed}
        return Joined(
            (*self.takes, (name, trial.id, checkpoint)),
            tuple(seeds.items()),
            tuple((axes | dict(trial.axes)).items()),
            trial.seed if self.seed is None else self.seed,
        )


FOLD = "/fold"
"""The axis of the folds, among those of the stages' seeds: no stage can be called that."""

ALONE = Joined((), (), (), None)
"""What a trial of a first stage takes from."""
