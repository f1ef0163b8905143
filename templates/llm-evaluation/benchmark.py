"""Prepared questions in, the messages that put them to a model out."""

import json
import os
import re

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read(config):
    limit = 1 if "EXPC_TRY" in os.environ else config.limit  # one question shows whether everything works
    with open(os.path.join(config.data, "test.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file][:limit]


def messages(config, question):
    """The prompt with the question in its place. Other braces are the prompt's own."""
    prompt = (config.prompt or "{question}").strip()
    values = {"{question}": question["question"], "{choices}": lettered(question["choices"])}
    if question["choices"] and "{choices}" not in prompt:
        values["{question}"] += "\n" + values["{choices}"]
    text = re.sub(r"\{question\}|\{choices\}", lambda place: values[place.group()], prompt)
    system = [{"role": "system", "content": config.system.strip()}] if config.system else []
    return [*system, {"role": "user", "content": text}]


def lettered(choices):
    return "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices or (), strict=False))
