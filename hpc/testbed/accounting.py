"""A lab with accounting in, its database and slurmdbd out, with an account for root."""

import subprocess

from lab import Lab
from waiting import until

GRANTS = """\
create database if not exists slurm_acct_db;
create user if not exists 'slurm'@'127.0.0.1' identified by 'testbed';
create user if not exists 'slurm'@'localhost' identified by 'testbed';
grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';
grant all on slurm_acct_db.* to 'slurm'@'localhost';
"""


def start_database(lab: Lab) -> None:
    socket, rows = lab.path("run", "mysql.sock"), lab.path("state", "mysql")
    if not (rows / "mysql").exists():
        rows.mkdir(parents=True, exist_ok=True)
        with open(lab.path("log", "mariadb-install.log"), "w") as log:
            install = ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={rows}"]
            options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
            subprocess.run([*install, *options], check=True, stdout=log, stderr=log)
    # For this machine alone; small; and nothing is written through on each commit, since labs are thrown away.
    serve = ["mariadbd", "--no-defaults", "--user=root", f"--datadir={rows}", f"--socket={socket}"]
    serve += ["--bind-address=127.0.0.1", f"--port={lab.port + 2}", f"--pid-file={lab.path('run', 'mariadbd.pid')}"]
    serve += ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--innodb-lock-wait-timeout=900"]
    if lab.pid("mariadbd") is None:
        with open(lab.path("log", "mariadbd.log"), "a") as log:
            subprocess.Popen(serve, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    client = ["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--execute"]
    until(f"the database of {lab.name} answers", [*client, "select 1"], log=lab.path("log", "mariadbd.log"))
    subprocess.run([*client, GRANTS], check=True)


def start_slurmdbd(lab: Lab) -> None:
    if lab.pid("slurmdbd") is None:
        subprocess.run(["slurmdbd"], check=True)
    log = lab.path("log", "slurmdbd.log")
    until(f"slurmdbd of {lab.name} answers", ["sacctmgr", "-n", "list", "cluster"], log=log)


def add_accounts() -> None:
    """Root may use `research`; `teaching` is there and not for root. What is there already stays."""
    for words in (
        "cluster testbed",
        "account research cluster=testbed",
        "account teaching cluster=testbed",
        "user root account=research cluster=testbed",
    ):
        subprocess.run(["sacctmgr", "--immediate", "add", *words.split()], check=False, stdout=subprocess.DEVNULL)
