"""params.json in, metrics.jsonl out, both in the trial's folder: the current one, or the one that is named."""

import json
import sys
from pathlib import Path

from work import work

folder = Path(*sys.argv[1:])
trial = json.loads((folder / "params.json").read_text(encoding="utf-8"))
loss = work(trial["params"]["steps"], trial["params"]["lr"], trial["seed"])
row = {"name": "loss", "value": loss, "split": "validation", "on": None, "step": 1}
(folder / "metrics.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
