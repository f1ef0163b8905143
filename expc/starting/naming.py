"""The words around a printed value in, the name of the metric that it is out: never a function's, nor a filler."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from expc.starting.source import UNKNOWN, Source, called


def words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text.replace("_", " "))]


SPLITS = {
    **dict.fromkeys(("val", "valid", "validation", "dev", "devel"), "validation"),
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation", "heldout"), "test"),
}
METRICS = frozenset(
    words(
        "accuracy acc loss error err f1 auc auroc mse rmse mae mape r2 bleu rouge perplexity ppl nll elbo reward score"
        " precision recall iou miou dice map ndcg mrr psnr ssim wer cer fid kappa regret correlation likelihood"
    )
)
"""Words of which it is clear that a metric is meant."""

COUNTS = frozenset(
    words(
        "seed lr rate device size num number count samples examples params parameters model name path file folder time"
        " elapsed seconds secs took eta duration memory gpu batch batches shape version fold workers threads saved"
    )
)
"""Words of numbers that say something else than how good a result is."""

STOP = frozenset(
    words(
        "a an and after are as at avg by current data dataset did final finally far for from got has in is it its last"
        " new now of on or our over overall set since so split still than that the this to total until us value was we"
        " were with yet best better result results found reached end ended done mean average"
    )
)
"""Words that name no metric by themselves."""


def metric_name(label: Sequence[str], own: Sequence[str], beginning: Sequence[str]) -> str:
    """`label` are the words before a value, `own` those of its variable, and `beginning` those that begin the line:
    they may say the split, as in `Test set: accuracy 0.9`."""
    split = next((SPLITS[word] for word in (*reversed(label), *own, *beginning) if word in SPLITS), "test")
    name = next((name for name in map(_telling, (label, own)) if name), "score")
    return name if split == "test" else f"{split}.{name}"


def _telling(said: Sequence[str]) -> str:
    left = [word for word in said if word not in STOP and word not in SPLITS and len(word) > 1]
    known = [word for word in left if word in METRICS]
    if COUNTS.intersection(left) and not known:
        return ""
    return "_".join(left if len(left) <= 3 else known[-1:])


def own_words(source: Source, node: ast.expr) -> list[str] | None:
    """The words of what a value is called; None if it surely is no metric."""
    found = _called(source, node)
    return found if found is None or _telling(found) else [*found, *_beneath(source, node)]


def _called(source: Source, node: ast.expr, depth: int = 0) -> list[str] | None:
    if source.value(node) is not UNKNOWN or depth > 5:
        return None
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return words(name)
        case ast.Call():
            return _of_call(source, node, depth)
        case ast.JoinedStr() | ast.List() | ast.Dict() | ast.ListComp() | ast.Compare() | ast.Starred():
            return None
        case (
            ast.Subscript(value=inner)
            | ast.UnaryOp(operand=inner)
            | ast.BinOp(left=ast.Constant(), right=inner)
            | ast.BinOp(left=inner, right=ast.Constant())
        ):
            return _called(source, inner, depth + 1)
        case _:
            return []


def _of_call(source: Source, node: ast.Call, depth: int) -> list[str] | None:
    """What is in `round(loss, 3)` and `loss.item()`. Of other functions' names, only a metric's own word counts."""
    match node:
        case ast.Call(func=ast.Name(id="len" | "type" | "id" | "sorted" | "list" | "str")):
            return None
        case (
            ast.Call(func=ast.Name(id="float" | "round" | "abs" | "max" | "min" | "sum"), args=[inner, *_])
            | ast.Call(func=ast.Attribute(value=inner, attr="item" | "mean" | "max" | "min"), args=[])
        ):
            return _called(source, inner, depth + 1)
        case _:
            return [word for word in words(called(node)) if word in METRICS][:1]


def _beneath(source: Source, node: ast.expr) -> list[str]:
    """What goes into a value whose own name says nothing, as in `best = max(best, accuracy(epoch))`."""
    name = _identifier(node)
    if not name:  # or it would be that of `a, b = …`
        return []
    values = [
        one.value for one in source.nodes if isinstance(one, ast.Assign) and name in map(_identifier, one.targets)
    ]
    inside = (word for value in values for one in ast.walk(value) for word in words(_identifier(one)))
    return [word for word in inside if word in METRICS][:1]


def _identifier(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
