"""A plan's file in, what of it is left to do out: read and looked up when somebody asks first, and then never again."""

from functools import cached_property

from . import outcome


class Todo:
    """As it was at one moment: a start that goes on for longer looks again."""

    def __init__(self, plan):
        self.plan = plan

    @cached_property
    def header(self):
        return outcome.header(self.plan)

    @cached_property
    def trials(self):
        """All of the plan, in its order."""
        return outcome.planned(self.plan)

    @cached_property
    def survey(self):
        """(step, status) of each trial."""
        return outcome.survey(self.trials)

    @cached_property
    def left(self):
        """The trials that still have something to do."""
        return [trial for trial, (step, _) in zip(self.trials, self.survey) if step]

    @cached_property
    def to_run(self):
        """Those of them for which a program is started: to read a log, nothing is needed that it needs."""
        return [trial for trial, (step, _) in zip(self.trials, self.survey) if step not in (None, outcome.READ)]

    @cached_property
    def stages(self):
        """Those of the trials for which a program is started."""
        return list(dict.fromkeys(trial["stage"] for trial in self.to_run))
