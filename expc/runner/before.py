"""A site in, the shell's words that stand before the command of each of its jobs out."""

import shlex

from .again import PROFILE
from .container import ARGUMENTS


def before(site):
    """Modules are loaded, what is temporary goes to the node's own storage, and Apptainer gets the site's arguments.
    Nothing where the site names none of these.

    Snakemake's shell ends at the first failure and at a variable that isn't set; a system's profile bears neither."""
    words = []
    if site and site.get("modules"):
        load = " ".join(map(shlex.quote, ["module", "load", *site["modules"]]))
        words.append(
            f"set +eu\n{PROFILE.replace('the spec names', 'the site file names')}\n{load} || exit 1\nset -eu\n"
        )
    if site and "node_storage" in site:
        # In double quotes: the shell of the job fills in its variables, such as $SLURM_JOB_ID.
        words.append(f'export TMPDIR="{site["node_storage"]}"\nmkdir -p "$TMPDIR"\n')
    if site and "apptainer" in site:
        words.append(f"export {ARGUMENTS}={shlex.quote(shlex.join(site['apptainer']))}\n")
    return "".join(words)
