import json
import os
from pathlib import Path

print("acc=0.5")
with Path(os.environ["EXPC_TRIAL_DIR"], "metrics.jsonl").open("a") as rows:
    rows.write(json.dumps({"name": "score", "value": 0.5}) + "\n")
