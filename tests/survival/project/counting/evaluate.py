"""The numbers of a checkpoint and the test data, through a hash, are its score."""

import json
import os

from train import following, read


def main():
    values = read(os.environ["EXPC_CHECKPOINT"])
    with open(os.path.join(os.environ["EXPC_DATA_DIR"], "test.jsonl")) as file:
        test = file.read()
    with open(os.environ["EXPC_METRICS"], "a") as file:
        file.write(json.dumps({"name": "score", "value": following(values, [test])}) + "\n")


if __name__ == "__main__":
    main()
