"""Asks a model every question of a benchmark: a prediction for each, and the metrics over all, out.

Answers are kept in a cache that outlives the trial: what was answered once isn't asked again, so that a trial that was
interrupted, or is made again from the same questions, asks for the rest alone and ends with the same answers."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from benchmark import messages, read
from client import Unanswered, answer, check_key
from config import load
from scoring import score


def main():
    config = load()
    questions = read(config)
    check_key(config)
    answers = ask_all(config, questions)
    scored = [score(config, answer["text"], question) for question, answer in zip(questions, answers, strict=True)]
    write("predictions.jsonl", predictions(questions, answers, scored))
    write("metrics.jsonl", metrics(config, answers, scored))


def ask_all(config, questions):
    """The answers, in the order of the questions. Ends the program if one can't be had."""
    answers = [None] * len(questions)
    remembered = 0
    with ThreadPoolExecutor(config.concurrency) as pool:
        asked = {pool.submit(answer, config, messages(config, one)): place for place, one in enumerate(questions)}
        try:
            for done, future in enumerate(as_completed(asked), start=1):
                answers[asked[future]], known = future.result()
                remembered += known
                if done % max(1, len(questions) // 10) == 0:
                    print(f"{done} of {len(questions)} questions answered, {remembered} from the cache", flush=True)
        except Unanswered as error:
            pool.shutdown(cancel_futures=True)
            sys.exit(f"question {questions[asked[future]]['id']}: {error}; the answers so far are kept")
    return answers


def predictions(questions, answers, scored):
    for question, said, (prediction, label, points) in zip(questions, answers, scored, strict=True):
        yield {
            "id": question["id"],
            "on": None,
            "prediction": prediction,
            "label": label,
            "score": points,
            "text": said["text"],
        }


def metrics(config, answers, scored):
    """The rows of metrics.jsonl. What isn't known of every answer is null, with the reason."""
    yield row("score", mean([points for _, _, points in scored]))
    yield row("unanswered", mean([prediction is None for prediction, _, _ in scored]))
    yield row("truncated", mean([said["finish"] == "length" for said in answers]))
    yield row("cost", total(answers, "cost"), f"no price of {config.model} in litellm's list, or tokens not counted")
    for name in ("prompt_tokens", "completion_tokens"):
        yield row(name, total(answers, name), "the server counts no tokens")
    yield row("latency", mean([said["seconds"] for said in answers]))


def mean(values):
    return sum(values) / len(values)


def total(answers, name):
    values = [said[name] for said in answers]
    return None if None in values else sum(values)


def row(name, value, why_not=""):
    found = {"name": name, "value": value, "split": "test", "on": None, "step": None}
    return found if value is not None else {**found, "reason": why_not}


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)


if __name__ == "__main__":
    main()
