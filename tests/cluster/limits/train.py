"""Adds up, saves after each step, and goes on from what was saved."""

import argparse
import json
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--seed", type=int)
parser.add_argument("--checkpoint")
asked = parser.parse_args()

saved = Path(os.environ["EXPC_CHECKPOINT_DIR"], "state.json")
step, value = 0, float(asked.seed + 1)
if asked.checkpoint:
    step, value = json.loads(Path(asked.checkpoint).read_text())
print("from", step, flush=True)
while step < asked.steps:
    time.sleep(0.5)
    step, value = step + 1, value * 1.01 + step
    partial = Path("partial.json")  # not beside it: what is newest there is gone on from
    partial.write_text(json.dumps([step, value]))
    partial.replace(saved)
Path("metrics.json").write_text(json.dumps({"score": value}))
