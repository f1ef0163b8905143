"""Snakemake's executor for SLURM in, one to which no answer is no news out, that knows a cancelled job, and that leaves
it to SLURM which nodes are down.

When SLURM doesn't answer five times in a row, within a second perhaps, the executor drops the jobs that it asked for,
and Snakemake waits for them for ever (version 2.8.0). Controllers restart, and databases are busy, for longer.
It takes sacct's `CANCELLED by 0` for a job that runs.
And as long as it lives, it excludes each node that has failed: one that is up again, the only one of a partition, and
where sacct doesn't know yet, `None assigned`, which sbatch takes for a file. From then on, no job is submitted."""


def forgive(executor):
    """`executor` is the plugin's module; None where it isn't installed. Called again, it changes nothing."""
    asked = getattr(executor, "query_job_status", None)
    if asked is None or hasattr(asked, "forgiving"):
        return

    async def query_job_status(command, logger):
        """Without an answer, no job is in the list, and of one that isn't there nothing is concluded."""
        status, seconds = await asked(command, logger)
        if status is not None:
            return {job: state.partition(" ")[0] for job, state in status.items()}, seconds
        logger.warning(
            f"SLURM does not answer ({command.split()[0]}): nothing follows from that, and it is asked again"
        )
        return {}, 0.0

    query_job_status.forgiving = True  # type: ignore[attr-defined]  # a mark of ours on a function
    executor.query_job_status = query_job_status
    executor.get_submit_command = anywhere(executor.get_submit_command)


def anywhere(submission):
    """The function that makes a call of sbatch in, one whose jobs may run on every node out."""

    def get_submit_command(*given, failed_nodes, **named):
        failed_nodes.clear()  # the executor's own set
        return submission(*given, failed_nodes=failed_nodes, **named)

    return get_submit_command
