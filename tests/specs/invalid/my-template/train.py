"""Says that a larger size has a smaller loss."""

import json

with open("params.json", encoding="utf-8") as file:
    size = json.load(file)["params"]["size"]
with open("metrics.jsonl", "a", encoding="utf-8") as file:
    for split in ("validation", "test"):
        file.write(json.dumps({"name": "loss", "value": 1 / size, "split": split, "on": None, "step": 1}) + "\n")
