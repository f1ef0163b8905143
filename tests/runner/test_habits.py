"""An environment in, the variables by which somebody's own SLURM commands do or print something else out."""

from expc.runner.habits import habits


def test_what_ones_own_commands_ask_for_is_known_and_whose_time_it_is_stays():
    whose = dict.fromkeys(["SBATCH_ACCOUNT", "SBATCH_QOS", "SBATCH_RESERVATION", "SBATCH_CLUSTERS"], "mine")
    asked = {"SBATCH_ARRAY_INX": "0-3", "SBATCH_GRES": "gpu:2", "SBATCH_EXPORT": "NONE", "SBATCH_TIMELIMIT": "1"}
    shown = {"SQUEUE_STATES": "PD", "SQUEUE_USERS": "me", "SACCT_FORMAT": "jobid", "SINFO_PARTITION": "gpu"}
    others = {"SLURM_CONF": "/etc/slurm.conf", "SLURM_JOB_ID": "7", "SBATCHES": "1"}
    assert habits({**whose, **asked, **shown, **others, "SLURM_TIME_FORMAT": "relative"}) == [
        *asked, *shown, "SLURM_TIME_FORMAT",
    ]  # fmt: skip
