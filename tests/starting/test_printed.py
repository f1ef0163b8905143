"""Programs in, the metrics that they print out: names that say what they are, and patterns that find them."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from expc.starting.printed import VALUE, printed
from expc.starting.source import read_source

MNIST = r"""
    for epoch in range(3):
        for batch, (data, target) in enumerate(loader):
            print('Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}'.format(
                epoch, batch * len(data), len(loader.dataset), 100. * batch / len(loader), loss.item()))
        print('\nTest set: Average loss: {:.4f}, Accuracy: {}/{} ({:.0f}%)\n'.format(
            test_loss, correct, len(test.dataset), 100. * correct / len(test.dataset)))
"""


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ('print(f"accuracy: {x:.3f}")', {"accuracy": "^accuracy: (V)"}),
        ('print("accuracy", accuracy(model))', {"accuracy": "^accuracy (V)"}),
        ('print("Accuracy is " + str(round(a, 3)))', {"accuracy": "^Accuracy is (V)"}),
        ("print(acc)", {"acc": "^(V)"}),
        ("log.info(acc)", {}),
        ('log.info("config:\\n%s", to_yaml(cfg))\nv, t = acc(a), acc(b)', {}),
        ('print("The best model:", evaluate(model))', {}),
        ('print("Final result:", evaluate(model))', {"score": "^Final result: (V)"}),
        ('best = 0\nbest = max(best, f1(x))\nprint(f"best so far {best:.3f}")', {"f1": "^best so far (V)"}),
        ('print("%d %f" % (i, err))', {"err": "^.*? (?P<value>V)$"}),
        ('print(f"{name}={value}", len(rows), f"lr {lr:.3f}", f"took {seconds:.1f} s")', {}),
        ('print({"accuracy": a, "loss": b})', {"accuracy": r"^\{'accuracy': (V)", "loss": ", 'loss': (V)"}),
        ('print(json.dumps({"val_f1": a, "n": 3}))', {"validation.f1": r'^\{"val_f1": (V)'}),
        (
            'print(f"loss {a:.2f}")\nprint(f"val loss {b:8.2f}.")',
            {"loss": "^loss (V)", "validation.loss": "^val loss *(V)"},
        ),
        ('logging.info("loss %s after %d steps", loss, n)', {"loss": "loss (V)"}),
        ('print("a", end=" ")\nprint(f"mse {mse}")', {"mse": "mse (V)"}),
        ('print("epoch", e, "wer", w)', {"wer": "epoch (?P<step>[0-9]+) wer (?P<value>V)"}),
        (
            'for e in range(3):\n  print("auc", a)\nprint("in the end the auc is", a)',
            {"auc": "^in the end the auc is (V)"},
        ),
        (
            MNIST,
            {
                "loss": "^Test set: Average loss: (V)",
                "accuracy": r"^Test set: Average loss: .*?, Accuracy: .*?/.*? \((?P<value>V)%\)$",
                "train.loss": r"Train Epoch: (?P<step>[0-9]+).*%\)\]\tLoss: (?P<value>V)",
            },
        ),
        ('print("best so far:", f"{best:.3f}")', {"score": "^best so far: (V)"}),
        ('print(f"Best: {best:>10,.3f} pts")', {"score": "^Best: *(V)(?!,?[0-9])"}),
        ('print(f"rows {rows:,}")', {}),
        ('print(f"acc: {x:.3f}".replace(".", ","))', {}),
        (
            'm = f"loss={b:.3f} | final acc: {a:.3f}"\nprint(m)',
            {"loss": "^loss=(V)", "acc": r"\| final acc: (V)"},
        ),
        ('m = f"acc: {a:.3f}"\nif short:\n  m = f"{a}"\nprint(m)', {}),
        ('m = f"acc: {a:.3f}"\nm += f", f1 {f}"\nprint(m)', {}),
        ('m = f"f1 {f}"\nprint(m)\nm = f"mse {e}"\nprint(m)', {"f1": "^f1 (V)", "mse": "^mse (V)"}),
        ('m = ", ".join(rows)\ndef show():\n  print(m)', {}),
        ("def show(text):\n  print(text)\ndef tell(acc, x: float):\n  print(acc)", {"acc": "^(?P<value>V)$"}),
        (
            'best = min(best, loss)\nprint(f"step {s}: loss {loss:.4f} (best so far {best:.4f})")',
            {
                "loss": "step (?P<step>[0-9]+): loss (?P<value>V)",
                "best_loss": r"step (?P<step>[0-9]+).*\(best so far (?P<value>V)",
            },
        ),
        ("print('{'.format(x), '%(a)s' % {'a': 1}, *rest)", {}),
        (
            "FMT = 'final accuracy = {:.3f}'\nROW = 'mse %.2f of %d'\nprint(FMT.format(x))\nm = ROW % (a, b)\nprint(m)",
            {"accuracy": "^final accuracy = (V)", "mse": "^mse (V)"},
        ),
    ],
)
def test_what_a_program_prints_has_names_and_patterns(tmp_path: Path, program: str, found: dict[str, str]) -> None:
    (tmp_path / "train.py").write_text(textwrap.dedent(program))
    seen = {one.metric: one.pattern for one in printed(read_source(tmp_path / "train.py"), {})}
    assert seen == {metric: pattern.replace("V", VALUE) for metric, pattern in found.items()}


def test_an_option_that_is_printed_again_is_no_metric(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text('print(f"dropout {args.dropout} gives {x:.2f}")')
    seen = printed(read_source(tmp_path / "train.py"), {"dropout": 0.5})
    assert [one.metric for one in seen] == ["gives"]


def test_of_a_number_with_commas_no_part_is_taken_for_the_whole(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text('print(f"Best: {best:>10,.3f}, in points")')
    (one,) = printed(read_source(tmp_path / "train.py"), {})
    said = ("Best:      0.912, in points", "Best:  1,234.500, in points", "Best: 12,345.500, in points")
    assert [re.findall(one.pattern, line) for line in said] == [["0.912"], [], []]


@pytest.mark.parametrize(
    ("text", "value"),
    [("x 0.5.", "0.5"), ("x 1e-05", "1e-05"), ("x -3,", "-3"), ("x nan", "nan"), ("x -inf", "-inf"), ("x 12%", "12")],
)
def test_what_python_prints_of_a_number_is_found(text: str, value: str) -> None:
    assert [match[1] for match in re.finditer(f"x ({VALUE})", text)] == [value]
