"""Snakemake's executor for SLURM in, one to which no answer is no news out, that knows which jobs are cancelled and
which go on, and that leaves it to SLURM which nodes are down, and whose account may be used.

When SLURM doesn't answer five times in a row, within a second perhaps, the executor drops the jobs that it asked for,
and Snakemake waits for them for ever (version 2.8.0). Controllers restart, and databases are busy, for longer.
It takes sacct's `CANCELLED by 0` for a job that runs, and waits for ever for one that was preempted and isn't queued
again. Most jobs whose node has failed are queued again; sacct learns of it later, and the executor submits them, too.
A slurmctld that is killed forgets the jobs of its last seconds, for which the executor then waits as well.
As long as it lives, it excludes each node that has failed: one that is up again, the only one of a partition, and
where sacct doesn't know yet, `None assigned`, which sbatch takes for a file. From then on, no job is submitted.
And before it submits a job, it asks the database about its account. While that is down, no job would be submitted."""

import os
import time

LOST = 600.0
"""Seconds in which SLURM answers, and knows nothing of a job, until that is submitted again: accounting may be late. Of
one that squeue has forgotten, since it ended long ago, the next job finds the trials done."""
LOOKS = 5
"""So often in that time, the queue is asked about what is pending or runs by the accounts: a slurmctld that is killed
may have told them of jobs that it has forgotten."""


def forgive(executor):
    """`executor` is the plugin's module; None where it isn't installed. Called again, it changes nothing."""
    asked = getattr(executor, "query_job_status", None)
    if asked is None or hasattr(asked, "forgiving"):
        return

    lost = Lost()

    async def query_job_status(command, logger):
        """Without an answer, no job is in the list, and of one that isn't there nothing is concluded."""
        status, seconds = await asked(command, logger)
        if status is None:
            lost.forget()
            logger.warning(
                f"SLURM does not answer ({command.split()[0]}): nothing follows from that, and it is asked again"
            )
            return {}, 0.0
        states = {job: state.partition(" ")[0] for job, state in status.items()}
        now = time.monotonic()
        gone = lost.look(states, now)
        if command.startswith("sacct") and (gone or lost.doubtful(states, now)):
            queued, _ = await asked(executor.query_job_status_squeue(command.split()[-1]), logger)
            states = reconciled(states, queued)
            gone = lost.confirmed(gone, states, queued, now)
        for job in gone:
            logger.warning(f"SLURM has known nothing of job {job} for {LOST / 60:.0f} minutes: it is submitted again")
        states = {job: OVER.get(state, state) for job, state in states.items()}
        return {**states, **dict.fromkeys(gone, "FAILED")}, seconds

    query_job_status.forgiving = True  # type: ignore[attr-defined]  # a mark of ours on a function
    executor.query_job_status = query_job_status
    executor.query_job_status_squeue = of_all_partitions(executor.query_job_status_squeue)
    executor.Executor.check_active_jobs = lost.told(executor.Executor.check_active_jobs)
    executor.get_submit_command = anywhere(executor.get_submit_command)
    executor.validate_account, executor.get_account = as_it_is, nobodys


EVICTED = frozenset(("NODE_FAIL", "PREEMPTED"))
"""What SLURM takes a node from, and mostly queues again."""
OPEN = frozenset(("PENDING", "RUNNING", "REQUEUED", "SUSPENDED", "RESIZING"))
"""What sacct says of jobs that slurmctld knows, unless it has forgotten them."""
OVER = {"PREEMPTED": "CANCELLED"}
"""In squeue, one that is queued again is pending; to the executor, one that is preempted comes back."""


def reconciled(accounted, now):
    """What sacct says of jobs, and for those that lost their node what squeue says, if it still knows them. If it
    doesn't answer, nothing is known of them."""
    if now is None:
        return {job: state for job, state in accounted.items() if state not in EVICTED}
    return {job: now.get(job, state) if state in EVICTED else state for job, state in accounted.items()}


class Lost:
    """The jobs that are looked for, since when SLURM answers without them, and since when the queue does although
    accounts say that they are in it."""

    def __init__(self):
        self.wanted: list = []
        self.since: dict = {}
        self.unqueued: dict = {}
        self.compared = float("-inf")

    def forget(self):
        self.since.clear()
        self.unqueued.clear()

    def told(self, check):
        """The executor's function that looks at jobs in, one that tells us which out."""

        async def check_active_jobs(executor, active_jobs):
            self.wanted = [job.external_jobid for job in active_jobs]
            async for job in check(executor, active_jobs):
                yield job

        return check_active_jobs

    def look(self, states, now):
        """Those that have been missing for too long."""
        self.since = {job: self.since.get(job, now) for job in self.wanted if job not in states}
        return [job for job, first in self.since.items() if now - first > LOST]

    def doubtful(self, states, now):
        """Whether the queue has to be asked about what sacct says: at once about jobs that lost their node, now and
        then about those that aren't over."""
        if any(states.get(job) in EVICTED for job in self.wanted):
            return True
        return now - self.compared >= LOST / LOOKS and bool(self.unfinished(states))

    def confirmed(self, gone, states, queued, now):
        """Of those that are gone for sacct, the ones that aren't in the queue, and those that have been missing there
        for too long. `queued` is None where squeue doesn't answer."""
        self.compared = now
        if queued is None:
            self.unqueued.clear()
            return []
        missing = [job for job in self.unfinished(states) if job not in queued]
        self.unqueued = {job: self.unqueued.get(job, now) for job in missing}
        late = [job for job, first in self.unqueued.items() if now - first > LOST]
        return [job for job in gone if job not in queued] + late

    def unfinished(self, states):
        """None where jobs may go to other clusters: sacct is asked of all of them, squeue only of this one."""
        if "SBATCH_CLUSTERS" in os.environ:
            return []
        return [job for job in self.wanted if states.get(job) in OPEN]


def of_all_partitions(query):
    """The function that makes a call of squeue in, one that also sees jobs in partitions that are hidden out."""
    return lambda run: f"{query(run)} --all"


def anywhere(submission):
    """The function that makes a call of sbatch in, one whose jobs may run on every node out."""

    def get_submit_command(*given, failed_nodes, **named):
        failed_nodes.clear()  # the executor's own set
        return submission(*given, failed_nodes=failed_nodes, **named)

    return get_submit_command


def as_it_is(account, _logger):
    """The account of the site file, which was compared with the cluster when the workflow started. sbatch refuses what
    is wrong, and says so."""
    return account


def nobodys(_logger):
    """No account, where none is stated: SLURM then takes the user's own. The executor would take that of the last job,
    whatever it was."""
