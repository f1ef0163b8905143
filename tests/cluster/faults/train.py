"""Counts up to `steps`, saves after each of them, and goes on from what it saved; each number depends on all before.

As long as the file `held` lies beside the trials' folders, it comes no further than to its second step. What it does is
told to us as well, where expc doesn't look: a line for a start, for each step, and for the end."""

import argparse
import hashlib
import json
import os
import time
from pathlib import Path

TRIAL = Path(os.environ["EXPC_TRIAL_DIR"])
OURS = TRIAL if "APPTAINER_NAME" in os.environ else TRIAL.parents[3]  # in a container, all else is read-only
TOLD = OURS / f"told-{TRIAL.name}"
SAVED = Path(os.environ["EXPC_CHECKPOINT_DIR"], "resume.json")


def main():
    asked = arguments()
    tell("start")
    values = json.loads(asked.saved.read_text()) if asked.saved else []
    ballast = bytearray(asked.mib << 20)  # touched, so that it is there
    while len(values) < asked.steps:
        while len(values) == 2 and (TRIAL.parent / "held").exists():
            time.sleep(0.1)
        values.append(following(values, asked.level, asked.seed))
        tell(f"step {len(values)}")
        replace(SAVED, json.dumps(values) + " " * asked.kilobytes * 1024)
    replace(TRIAL / "work" / "metrics.json", json.dumps({"score": values[-1], "ballast": len(ballast)}))
    tell("end")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--level", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--mib", type=int, help="memory that it fills")
    parser.add_argument("--kilobytes", type=int, help="by how much its checkpoints are longer than they need be")
    parser.add_argument("--saved", type=Path, help="a checkpoint to go on from")
    return parser.parse_args()


def following(values, level, seed):
    """A number between 0 and 1 that depends on all before it and on what the trial was given."""
    return int(hashlib.sha256(json.dumps([values, level, seed]).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def tell(what):
    with open(TOLD, "a") as file:  # one line in one write
        file.write(f"{TRIAL.name} {what}\n")


def replace(path, text):
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    main()
