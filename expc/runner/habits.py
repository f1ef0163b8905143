"""An environment in, the variables by which somebody's own SLURM commands do or print something else out.

Someone who types squeue wants the jobs of one partition, who types sbatch a GPU for each. Obeyed by ours, a job would
ask for what neither spec nor site file says, and one that runs could be thought to have ended."""

COMMANDS = ("SBATCH_", "SQUEUE_", "SACCT_", "SINFO_", "SCANCEL_", "SCONTROL_", "SLURM_TIME_FORMAT", "SLURM_BITSTR_LEN")
WHOSE = ("SBATCH_ACCOUNT", "SBATCH_QOS", "SBATCH_RESERVATION", "SBATCH_CLUSTERS")
"""Of these, those that say at whose expense and where a job runs, not what it is."""


def habits(environ):
    return [name for name in environ if name.startswith(COMMANDS) and name not in WHOSE]
