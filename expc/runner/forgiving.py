"""Snakemake's executor for SLURM in, one to which no answer is no news out, and that knows a cancelled job.

When SLURM doesn't answer five times in a row, within a second perhaps, the executor drops the jobs that it asked for,
and Snakemake waits for them for ever (version 2.8.0). Controllers restart, and databases are busy, for longer.
And it takes sacct's `CANCELLED by 0` for a job that runs."""


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
