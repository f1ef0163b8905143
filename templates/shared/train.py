"""Trains a model on prepared data: a row for every metric of every epoch, and checkpoints to go on from, out.

Everything random hangs on the seed. A run that was interrupted and is started again goes on from its last whole
epoch, and ends with the same numbers.
"""

import json
import math
import os
import random
import sys
import time
from contextlib import nullcontext

import numpy as np
import torch
from torch import nn

from config import load
from data_loader import learn, read
from initial import take_over
from model import build

SELECTS = "validation.loss"  # what early stopping watches
SMALLER_IS_BETTER = ("loss",)
REHEARSAL = "EXPC_TRY" in os.environ  # one update and one batch of each split, to see whether all of it works
ASK_TO_GO_ON = 85  # the exit status for "start me again, I have a checkpoint"


def main():
    config = load()
    make_deterministic(config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    # What is learned of the data (classes, and a vocabulary or a mean) comes from the training split alone.
    known = learn(config)
    train_set = read(config.data, "train", known).to(device)
    validation_set = read(config.data, "validation", known).to(device)

    model = build(config, **known["sizes"]).to(device)
    optimizer = make_optimizer(model, config)
    shuffle = torch.Generator().manual_seed(config.seed)  # of its own, so that dropout doesn't change the order
    progress = {"epoch": 0, "updates": 0, "best": {}, "waited": 0}

    folder = os.environ.get("EXPC_CHECKPOINT_DIR", "checkpoints")
    os.makedirs(folder, exist_ok=True)
    resume_file = os.path.join(folder, "resume.pt")
    if os.path.exists(resume_file):
        progress = go_on(resume_file, model, optimizer, shuffle)
        print(f"going on after epoch {progress['epoch']}")
    elif "init" in config.inputs:
        take_over(config.inputs["init"], model, known)

    rules = os.environ.get("EXPC_CHECKPOINTS", "last").split()
    deadline = float(os.environ.get("EXPC_DEADLINE", "inf"))
    slowest = 0.0  # seconds, of the epochs since this start
    while progress["epoch"] < config.epochs and not is_out_of_patience(progress, config):
        # One epoch is always tried: a start that does nothing would be repeated for ever.
        if slowest and time.time() + slowest > deadline:
            print(f"another epoch would pass the deadline: stopping after {progress['epoch']} of {config.epochs}")
            sys.exit(ASK_TO_GO_ON)
        started = time.time()

        learned = train_epoch(model, optimizer, train_set, shuffle, progress, config)
        measured = measure(model, validation_set, config.precision)
        values = {f"train.{name}": value for name, value in learned.items()}
        values.update({f"validation.{name}": value for name, value in measured.items()})
        progress["epoch"] += 1
        write_rows(values, progress["epoch"])
        seen = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
        print(f"epoch {progress['epoch']}: {seen}", flush=True)
        stop_if_diverged(values, progress["epoch"])

        # resume.pt comes last: if we are killed before, this epoch is repeated and writes the same again.
        for rule in rules:
            if is_chosen(rule, values, progress):
                save({"weights": model.state_dict(), "known": known}, os.path.join(folder, rule + ".pt"))
        progress["waited"] = 0 if is_best(SELECTS, values, progress) else progress["waited"] + 1
        for name, value in values.items():
            if is_best(name, values, progress):
                progress["best"][name] = value
        save(everything(model, optimizer, shuffle, progress), resume_file)
        slowest = max(slowest, time.time() - started)
        if REHEARSAL:
            break


def make_deterministic(seed):
    """The same numbers on every machine of a kind: sums depend on the number of threads, so it is given."""
    torch.set_num_threads(int(os.environ.get("EXPC_CPUS", "1")))
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for deterministic sums
    torch.use_deterministic_algorithms(True)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def make_optimizer(model, config):
    options = {"lr": config.lr, "weight_decay": config.weight_decay}
    if config.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), momentum=config.momentum, **options)
    by_name = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad,
    }
    return by_name[config.optimizer](model.parameters(), **options)


def train_epoch(model, optimizer, examples, shuffle, progress, config):
    """One pass over the examples; the metrics of what the model said of each while it was learning."""
    model.train()
    updates_in_all = config.epochs * examples.number_of_batches(config.batch_size)
    losses, predicted, truth = [], [], []
    for inputs, labels in examples.batches(config.batch_size, shuffle):
        for group in optimizer.param_groups:
            group["lr"] = config.lr * rate(progress["updates"], updates_in_all, config.warmup, config.schedule)
        # Parts of a batch one after the other need less memory. Each is divided by the size of the whole batch,
        # so that the gradients add up to the batch's, however it is cut.
        parts = config.grad_accumulation
        for some_inputs, some_labels in zip(inputs.chunk(parts), labels.chunk(parts), strict=True):
            with precision_of(config.precision, examples.device):
                scores = model(some_inputs)
                loss = nn.functional.cross_entropy(scores, some_labels, reduction="sum")
            (loss / len(labels)).backward()
            losses.append(loss.detach())
            predicted.append(scores.detach().argmax(1))
            truth.append(some_labels)
        if config.grad_clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)
        optimizer.step()
        optimizer.zero_grad()
        progress["updates"] += 1
        if REHEARSAL:
            break
    return summary(losses, predicted, truth, scores.shape[1])


def rate(update, updates_in_all, warmup, schedule):
    """The part of the learning rate that update number `update` (from 0) uses: up during warm-up, then down."""
    if update < warmup:
        return (update + 1) / (warmup + 1)
    done = (update - warmup) / max(1, updates_in_all - warmup)
    if schedule == "linear":
        return 1 - done
    if schedule == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    return 1.0


def precision_of(precision, device):
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


@torch.no_grad()
def measure(model, examples, precision):
    """The metrics of a model on some examples."""
    model.eval()
    losses, predicted, truth = [], [], []
    for inputs, labels in examples.batches(256):
        with precision_of(precision, examples.device):
            scores = model(inputs)
            losses.append(nn.functional.cross_entropy(scores, labels, reduction="sum"))
        predicted.append(scores.argmax(1))
        truth.append(labels)
        if REHEARSAL:
            break
    return summary(losses, predicted, truth, scores.shape[1])


def summary(losses, predicted, truth, classes):
    """Loss, accuracy and macro-averaged F1 over all examples, from the parts of each batch."""
    predicted, truth = torch.cat(predicted).cpu(), torch.cat(truth).cpu()
    return {
        "loss": torch.stack(losses).double().sum().item() / len(truth),
        "accuracy": (predicted == truth).double().mean().item(),
        "f1_macro": f1_macro(predicted, truth, classes),
    }


def f1_macro(predicted, truth, classes):
    """The mean over the classes that occur of 2 · hits / (predicted + true): harmonic mean of precision and recall."""
    hits = torch.bincount(truth[predicted == truth], minlength=classes)
    both = torch.bincount(predicted, minlength=classes) + torch.bincount(truth, minlength=classes)
    occurs = both > 0
    return (2 * hits[occurs] / both[occurs].double()).mean().item()


def write_rows(values, step):
    """Appends a row for each value. JSON has no NaN: what isn't finite is null, with the reason."""
    with open("metrics.jsonl", "a", encoding="utf-8") as file:
        for full_name, value in values.items():
            split, name = full_name.split(".")
            row = {"name": name, "value": value, "split": split, "on": None, "step": step}
            if not math.isfinite(value):
                row.update(value=None, reason=f"not finite: {value}")
            file.write(json.dumps(row) + "\n")


def stop_if_diverged(values, epoch):
    for name in ("train.loss", "validation.loss"):
        if not math.isfinite(values[name]):
            sys.exit(f"diverged: {name} is {values[name]} after epoch {epoch}; try a smaller lr, or grad_clip")


def is_best(name, values, progress):
    """Whether this epoch's value is better than every earlier one; on ties the earliest stays the best."""
    value, best = values[name], progress["best"].get(name)
    if not math.isfinite(value):
        return False
    if best is None:
        return True
    return value < best if name.split(".")[1] in SMALLER_IS_BETTER else value > best


def is_chosen(rule, values, progress):
    """Whether the rule (`last`, `best-<split>.<name>`, `step-<n>`) keeps a checkpoint of the epoch just finished."""
    kind, _, argument = rule.partition("-")
    if kind == "step":
        return REHEARSAL or progress["epoch"] == int(argument)
    return kind == "last" or is_best(argument, values, progress)


def is_out_of_patience(progress, config):
    return config.patience is not None and progress["waited"] >= config.patience


def everything(model, optimizer, shuffle, progress):
    """All that decides what comes next."""
    return {
        "progress": progress,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "shuffle": shuffle.get_state(),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": np.random.get_state(),
        "python": random.getstate(),
    }


def go_on(file, model, optimizer, shuffle):
    """Takes up what `everything` left, and returns the progress."""
    saved = torch.load(file, map_location="cpu", weights_only=False)  # our own file, with generators' states in it
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    shuffle.set_state(saved["shuffle"])
    torch.set_rng_state(saved["torch"])
    if saved["cuda"]:
        torch.cuda.set_rng_state_all(saved["cuda"])
    np.random.set_state(saved["numpy"])
    random.setstate(saved["python"])
    return saved["progress"]


def save(content, file):
    """Replaces the file as a whole, so that a run killed meanwhile leaves the old one."""
    torch.save(content, file + ".new")
    os.replace(file + ".new", file)


if __name__ == "__main__":
    main()
