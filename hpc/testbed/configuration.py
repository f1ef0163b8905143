"""A lab in, the configuration of its SLURM out: each file's name and text."""

import os
from pathlib import Path

from lab import Lab

SLURM = """\
ClusterName=testbed
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/state/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
MpiDefault=none
SwitchType=switch/none

# Nodes claim more CPUs and memory than the machine has.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
{limits}

# Quick to schedule; but patient, as elsewhere: this machine may be so busy that a node doesn't answer for a while.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=2,bf_continue
SlurmctldTimeout=10
SlurmdTimeout=300
ReturnToService=2
KillWait=30
BatchStartTimeout=120
CompleteWait=0
TCPTimeout=10
UnkillableStepTimeout=300
InactiveLimit=0
MinJobAge=3600
MaxArraySize=20001
MaxJobCount=30000
{accounting}

# `main` and `urgent` take the nodes of what runs in `preempt`, which is queued again.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{nodes}
PartitionName=DEFAULT Nodes=ALL DefaultTime=00:10:00 DefMemPerCPU=200 PreemptMode=OFF State=UP
PartitionName=main Default=YES MaxTime=1-00:00:00 PriorityTier=10
PartitionName=urgent MaxTime=01:00:00 PriorityTier=20
PartitionName=short MaxTime=00:01:00 DefaultTime=00:01:00 PriorityTier=10
PartitionName=preempt MaxTime=1-00:00:00 PriorityTier=1 PreemptMode=REQUEUE GraceTime=60
"""

MEMORY_LIMITS = """\
ProctrackType=proctrack/cgroup
TaskPlugin=task/cgroup
JobAcctGatherType=jobacct_gather/cgroup
JobAcctGatherFrequency=task=1"""

NO_MEMORY_LIMITS = """\
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1"""

ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/run/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStorageEnforce=associations"""

CGROUP = """\
CgroupPlugin=cgroup/v1
CgroupAutomount=no
ConstrainCores=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=no
ConstrainDevices=no
"""

SLURMDBD = """\
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
PidFile={folder}/run/slurmdbd.pid
LogFile={folder}/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=testbed
StorageLoc=slurm_acct_db
"""


def configuration(lab: Lab) -> dict[str, str]:
    written = {
        "slurm.conf": SLURM.format(
            host=host(),
            port=lab.port,
            folder=lab.folder,
            limits=MEMORY_LIMITS if limits_memory() else NO_MEMORY_LIMITS,
            accounting=ACCOUNTING.format(port=lab.port + 1, folder=lab.folder) if lab.accounting else "",
            nodes="\n".join(node_line(lab, number) for number in range(1, lab.nodes + 1)),
        ),
        "gres.conf": "".join(f"{line}\n" for line in gpu_lines(lab)),
        "cgroup.conf": CGROUP,
    }
    if lab.accounting:
        written["slurmdbd.conf"] = SLURMDBD.format(folder=lab.folder, port=lab.port + 1, database=lab.port + 2)
    return written


def node_line(lab: Lab, number: int) -> str:
    gpus = f" Gres=gpu:{gpu_type(lab, number)}:{lab.gpus}" if lab.gpus else ""
    return (
        f"NodeName={lab.node_names[number - 1]} NodeHostname={host()} NodeAddr=127.0.0.1 Port={lab.port + 10 + number} "
        f"CPUs={lab.cpus} RealMemory={lab.memory}{gpus} State=UNKNOWN"
    )


def gpu_lines(lab: Lab) -> list[str]:
    devices = {1: "0"}.get(lab.gpus, f"[0-{lab.gpus - 1}]")
    return [
        f"NodeName={node} Name=gpu Type={gpu_type(lab, number)} File={lab.path('gpu')}/gpu{devices}"
        for number, node in enumerate(lab.node_names, 1)
        if lab.gpus
    ]


def gpu_type(lab: Lab, number: int) -> str:
    """The last node has GPUs of another model, so that a wish for one has somewhere to go wrong."""
    return "other" if number == lab.nodes > 1 else "fake"


def host() -> str:
    return os.uname().nodename.partition(".")[0]


def limits_memory() -> bool:
    """Several slurmd on one machine can share its cgroups of version 1; with version 2, no memory is limited here."""
    return Path("/sys/fs/cgroup/memory/tasks").exists()
