"""A lab's name in, where everything of it lies and which ports are its own out."""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(os.environ.get("TESTBED_ROOT", "/var/lib/expc-testbed"))
PORTS = range(24000, 28000, 100)  # one block a lab, below those that the kernel hands out
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class Unusable(Exception):  # noqa: N818 - as elsewhere here: what it says, not that it is one
    """What stands in the way of a lab, and what to do."""


@dataclass(frozen=True)
class Lab:
    """One cluster on this machine. `memory` is in MiB; nodes, CPUs, memory and GPUs are what it claims to have."""

    name: str
    port: int
    accounting: bool = False
    nodes: int = 3
    cpus: int = 8
    memory: int = 4000
    gpus: int = 2

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def conf(self) -> Path:
        """Here too, but seen by its own processes alone: the place at which programs look that lost SLURM_CONF."""
        return Path("/etc/slurm/slurm.conf")

    @property
    def node_names(self) -> list[str]:
        return [f"{self.name}-{number}" for number in range(1, self.nodes + 1)]

    def path(self, *names: str) -> Path:
        return self.folder.joinpath(*names)

    def pid(self, daemon: str) -> int | None:
        """The process of `munged`, `slurmctld`, `slurmd.<node>`, `slurmdbd` or `mariadbd`; None if it isn't there, or
        has ended and only waits to be asked how."""
        try:
            number = int(self.path("run", f"{daemon}.pid").read_text())
            program, _, rest = Path(f"/proc/{number}/stat").read_text().partition("(")[2].rpartition(")")
        except (OSError, ValueError):
            return None
        return number if program == daemon.partition(".")[0] and rest.split()[0] != "Z" else None

    def inside(self, *command: str | Path, folder: Path | None = None) -> list[str]:
        """The command line that runs a command as this lab's user sees the machine; in the current folder, if no other
        is named. The command becomes the process itself, not a child of it."""
        anchor = self.pid("munged")
        if anchor is None:
            raise Unusable(f"the lab {self.name} isn't up; `python3 hpc/testbed up {self.name}` brings it up")
        settings = f"SLURM_CONF={self.conf}"
        where = f"--wdns={folder or Path.cwd()}"
        return ["nsenter", f"--target={anchor}", "--mount", where, "env", settings, *map(str, command)]


def stated(name: str) -> Lab | None:
    """The lab of this name, up or half down; None if there is none."""
    try:
        return Lab(**json.loads((ROOT / name / "lab.json").read_text()))
    except FileNotFoundError:
        return None


def all_labs() -> list[Lab]:
    return [lab for path in sorted(ROOT.glob("*/lab.json")) if (lab := stated(path.parent.name))]


def claim(name: str, **claims: int | bool) -> Lab:
    """A new lab with ports of its own."""
    if not NAME.fullmatch(name):
        raise Unusable(f"a lab's name is like lab or lab-2 (small letters, digits, dashes; 20 at most), not {name!r}")
    with alone():
        taken = {lab.port for lab in all_labs()}
        lab = Lab(name, next(port for port in PORTS if port not in taken), **claims)  # type: ignore[arg-type]
        for folder in ("run", "log", "state", "etc", "gpu"):
            lab.path(folder).mkdir(parents=True, exist_ok=True)
        lab.path("lab.json").write_text(json.dumps(asdict(lab)))
    return lab


@contextmanager
def alone() -> Iterator[None]:
    """Labs that come up side by side take ports and install packages one after the other."""
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
