"""A checkpoint and prepared texts in, a metric that depends on both out."""

import json
import os
from pathlib import Path


def main():
    model = json.loads(Path(os.environ["EXPC_CHECKPOINT"]).read_text())
    letters = len(Path(os.environ["EXPC_DATA_DIR"], "test.jsonl").read_text())
    with Path(os.environ["EXPC_METRICS"]).open("a") as file:
        file.write(json.dumps({"name": "accuracy", "value": (0.618 * model + 0.755 * letters) % 1}) + "\n")


if __name__ == "__main__":
    main()
