"""What is missing on this machine in, the Debian packages that have it installed out."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SLURM = ("munge", "slurmctld", "slurmd", "slurm-client")
SHARED = ("fuse3",)  # for tests that mount a file system which nodes see late
ACCOUNTING = ("slurmdbd", "mariadb-server-core", "mariadb-client-core")
REFUSE_STARTS = Path("/usr/sbin/policy-rc.d")
BESIDE = HERE.parents[2] / "shared" / "testbed"  # where our machines keep Apptainer's package
PREFIX = Path("/opt/apptainer")


def install(*, accounting: bool) -> None:
    """SLURM from the machine's own release, what mounts file systems of users, and Apptainer."""
    wanted = SLURM + SHARED + (ACCOUNTING if accounting else ())
    missing = [name for name in wanted if not installed(name)]
    if missing:
        if not REFUSE_STARTS.exists():  # 101 keeps a package from starting its daemons, which would not be ours
            REFUSE_STARTS.write_text("#!/bin/sh\nexit 101\n")
            REFUSE_STARTS.chmod(0o755)
        apt("update")
        apt("install", "--yes", "--no-install-recommends", *missing)
    if not works(PREFIX / "bin" / "apptainer"):
        subprocess.run([HERE / "install-apptainer.sh"], check=True, env={**os.environ, **package()})


def package() -> dict[str, str]:
    """The `.deb` that lies beside the checkout, unless the caller names one; from the archive if there is neither."""
    found = sorted(BESIDE.glob("apptainer_*_amd64.deb"))
    return {"APPTAINER_DEB": str(found[-1])} if found and "APPTAINER_DEB" not in os.environ else {}


def installed(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", name]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def works(program: Path) -> bool:
    return program.exists() and subprocess.run([program, "version"], capture_output=True, check=False).returncode == 0


def apt(*words: str) -> None:
    subprocess.run([HERE / "apt.sh", *words], check=True, stdout=subprocess.DEVNULL)
