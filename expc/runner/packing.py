"""A site, and the trials of one class that are left, in; how many of them one job carries out."""

import math

from .placement import MARGIN, SLACK, at_once, placed

MOST = 1000  # jobs of a workflow: Snakemake slows down beyond


def size(site, need, trials, fewest=1):
    """Trials a job, for so many trials like `need`: at least `fewest`, so that the workflow has not too many jobs.

    As many as there is room for in a job of the length that the site would have; fewer where they spread over more
    jobs at a time, as long as a job isn't too short."""
    partition = placed(site, need)
    if partition is None:
        return fewest
    jobs = site["jobs"]
    spread = math.ceil(trials / jobs["most"])
    if need["time"]:
        full = within(jobs["target"], partition, need, trials)
        worthwhile = within(jobs["shortest"], partition, need, trials)
        spread = min(full, max(worthwhile, spread))
    return min(trials, max(fewest, spread))


def within(length, partition, need, trials):
    """How many trials a job of that many seconds carries; the partition may allow for less."""
    room = min(length, partition["time"] - MARGIN) / SLACK
    return max(1, int(room // need["time"])) * at_once(need, trials)
