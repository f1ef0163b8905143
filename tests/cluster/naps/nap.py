"""Naps until somebody wakes it, and remembers how often; goes on where it was interrupted."""

import argparse
import json
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
for name in ("x", "most", "seed"):
    parser.add_argument(f"--{name}", type=int)
parser.add_argument("--go-on", action="store_true")
asked = parser.parse_args()

trial = Path(os.environ["EXPC_TRIAL_DIR"])
checkpoint = Path(os.environ["EXPC_CHECKPOINT_DIR"], "last.pt")
nap = int(checkpoint.read_text()) if asked.go_on else 0
while nap < asked.most and not (nap > 3 and (trial.parents[2] / "wake").exists()):
    time.sleep(0.25)
    print(f"nap {nap}", flush=True)
    nap += 1
    new = checkpoint.with_suffix(".new")
    new.write_text(str(nap))
    new.replace(checkpoint)
with (trial / "metrics.jsonl").open("a") as file:
    file.write(json.dumps({"name": "m", "value": asked.x}) + "\n")
