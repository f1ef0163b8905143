"""Sizes in, the text of a spec out."""

from __future__ import annotations

import json


def grid(name: str, rates: int, decays: int, seeds: int, *, resources: str = "{}") -> str:
    """Rates × decays conditions of image classification, each with some seeds."""
    return f"""\
expc: 1
name: {name}
question: How do learning rate and weight decay trade off?
task: image-classification
data:
  digits: {{source: sklearn}}
factors:
  lr: {json.dumps(levels(rates))}
  weight_decay: {json.dumps(levels(decays))}
seeds: {seeds}
metrics: [accuracy]
resources: {resources}
baseline: {{lr: {levels(1)[0]}, weight_decay: {levels(1)[0]}}}
tables:
  main: {{rows: lr, columns: weight_decay, metric: accuracy}}
"""


def levels(number: int) -> list[float]:
    return [level / 100000 for level in range(1, number + 1)]


def short(conditions: int, seeds: int, steps: int) -> str:
    """Trials of the template beside this file, that take as long as their optimizer steps."""
    return f"""\
expc: 1
name: short
question: Which learning rate lowers the loss most?
task: ./template
factors:
  lr: {json.dumps(levels(conditions))}
params: {{steps: {steps}}}
seeds: {seeds}
metrics: [validation.loss]
keep: {{checkpoint: none}}
baseline: {{lr: {levels(1)[0]}}}
tables:
  main: {{rows: lr, metric: validation.loss}}
"""
