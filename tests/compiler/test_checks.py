"""What the checks say: each code is registered, explained and shown; each message suffices to mend the spec."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from expc.compiler.check import check_file
from expc.compiler.checks.rule import RULES
from expc.compiler.explain import codes

INVALID = Path(__file__).parents[1] / "specs" / "invalid"
ELSEWHERE = {"E406", "E407", "E509", *(f"E51{n}" for n in range(1, 9))}  # no spec is wrong

DIGITS = """\
expc: 1
name: digits
task: image-classification
data: {digits: {source: sklearn}}
"""
OWN = """\
expc: 1
name: own
task: {command: "sort {args}", results: {file: score.json}}
metrics: {score: {goal: maximize}}
"""


def said(folder: Path, text: str) -> list[str]:
    spec = folder / "spec.yaml"
    spec.write_text(text, encoding="utf-8")
    return [str(finding).replace(f"{folder}/", "") for finding in check_file(str(spec))]


def test_every_code_has_a_rule_a_page_and_a_wrong_spec() -> None:
    registered = {rule.code for rule in RULES}
    assert {code for code in codes() if not code.startswith(("E1", "E2"))} == registered | ELSEWHERE
    shown = {path.stem[:4] for path in INVALID.glob("*.yaml")}
    assert {code for code in shown if not code.startswith(("E1", "E2"))} == registered


def test_a_rule_runs_after_those_that_can_make_it_noise() -> None:
    for index, (_, rule, after) in enumerate(RULES):
        late = {later.code for later in RULES[index:]} - {earlier.code for earlier in RULES[:index]}
        assert set(after) & late == set(), rule.__name__


NEWCOMERS = {
    "a type of GPU as in a site file": (
        DIGITS + "resources: {gpus: {a100: 1}}\n",
        [
            "spec.yaml:5:20: E201 resources.gpus: unknown key 'a100'\n"
            "    a type stands beside the count: {count: 1, type: a100}"
        ],
    ),
    "a pipe without a shell": (
        OWN.replace("{args}", "{args} | tee all.txt"),
        [
            "spec.yaml:3:30: E378 no shell runs, so that | would reach the program as an argument\n"
            "    start one: bash -c 'python train.py \"$@\" | tee all.txt' train {args}, or a script that holds"
            " the line; in single quotes it is meant as such"
        ],
    ),
    "a parameter by another tool's name": (
        DIGITS + "params: {learning_rate: 0.1}\n",
        [
            "spec.yaml:5:10: E302 template 'image-classification' has no parameter 'learning_rate'\n"
            "    write lr; allowed: batch_size, channels, dataset, dropout, epochs, grad_accumulation, grad_clip,"
            " hidden, lr, model, momentum, optimizer, patience, precision, schedule, warmup, weight_decay"
        ],
    ),
    "a formula with a parameter's name misspelt": (
        DIGITS + "derive: {warmup: epoch * 20}\n",
        [
            "spec.yaml:5:18: E334 warmup: there is no parameter 'epoch'\n"
            "    did you mean 'epochs'? allowed: batch_size, channels, dataset, dropout, epochs, grad_accumulation,"
            " grad_clip, hidden, lr, model, momentum, optimizer, patience, precision, schedule, warmup, weight_decay"
        ],
    ),
    "a fraction where a whole number is wanted": (
        DIGITS + "params: {epochs: 5}\nderive: {warmup: epochs * 0.5}\n",
        ["spec.yaml:6:18: E336 warmup: expected a whole number, found 2.5\n    write round(epochs * 0.5)"],
    ),
    "one file to import, not a list": (
        DIGITS + "import: common.yaml\n",
        [
            "spec.yaml:5:9: E203 import: expected a list of YAML files, found the text 'common.yaml'\n"
            "    write a list: [common.yaml]"
        ],
    ),
    "a number in quotes": (
        DIGITS + "params: {lr: '1e-3'}\n",
        ["spec.yaml:5:14: E310 lr: expected a number, found the text '1e-3'\n    write it without quotes: 1e-3"],
    ),
    "a choice in capitals": (
        DIGITS + "factors: {optimizer: [SGD, adam]}\nbaseline: {optimizer: adam}\n",
        [
            "spec.yaml:5:23: E310 optimizer: expected one of sgd, adam, adamw, rmsprop, adagrad, found the text 'SGD'\n"
            "    did you mean 'sgd'? allowed: sgd, adam, adamw, rmsprop, adagrad"
        ],
    ),
    "one width for a list of them": (
        DIGITS + "params: {hidden: 64}\n",
        [
            "spec.yaml:5:18: E310 hidden: expected a list of whole numbers, found 64: write [64]\n"
            "    hidden is: The width of each hidden layer; none at all is a linear model."
        ],
    ),
    "a level by what it sets": (
        DIGITS + "factors: {model: {small: mlp, large: cnn}}\nbaseline: {model: mlp}\n",
        [
            "spec.yaml:6:19: E304 factor 'model' has no level mlp\n"
            "    levels go by their names, and that which sets mlp is called small"
        ],
    ),
    "a level that forgets what it is a level of": (
        DIGITS + "factors:\n  model:\n    mlp: {hidden: [8]}\n    cnn: cnn\nbaseline: {model: cnn}\n",
        [
            "spec.yaml:7:5: E309 level 'mlp' does not set 'model', the parameter of the factor's name\n"
            "    add `model: mlp` (or cnn) to the level, or rename the factor"
        ],
    ),
    "seeds as a parameter": (
        DIGITS + "params: {seed: 42}\n",
        [
            "spec.yaml:5:10: E324 'seed' is no parameter: every trial gets its seed from `seeds`\n"
            "    write `seeds: 5`, or `seeds: [3, 4]`, at the top of the file"
        ],
    ),
    "two data sets and no word of which": (
        DIGITS.replace("}}", "}, low: {source: sklearn, name: digits, labels: [0, 1]}}"),
        [
            "spec.yaml:4:1: E317 stage 'train' does not say which data set it learns from: digits, low?\n"
            "    write `dataset: digits` under params, or make `dataset` a factor"
        ],
    ),
    "no data": (
        DIGITS.rpartition("data:")[0],
        [
            "spec.yaml:3:7: E317 template 'image-classification' needs data, and the spec names none\n"
            "    add `data: {digits: {source: sklearn}}`; sources: sklearn, npz, folder, idx"
        ],
    ),
    "a curve of the test data": (
        DIGITS + "figures: {curves: {x: epoch, y: accuracy}}\n",
        [
            "spec.yaml:5:33: E312 accuracy: test data are read once the model is chosen, so there is no curve over"
            " steps\n    write `y: validation.accuracy`"
        ],
    ),
    "a factor that a table forgets": (
        DIGITS + "factors: {lr: [0.1, 0.01], dropout: [0, 0.5]}\nbaseline: {lr: 0.1}\ntables: {main: {rows: lr}}\n",
        [
            "spec.yaml:7:10: E313 table 'main' says nothing of factor 'dropout'\n"
            "    show it in rows or columns, or write `average: dropout`, `at: {dropout: 0}` or `select: dropout`"
        ],
    ),
    "a zip of factors that don't match": (
        DIGITS + "factors: {lr: [0.1, 0.01], dropout: [0, 0.1, 0.5]}\nzip: [[lr, dropout]]\nbaseline: {lr: 0.1}\n",
        [
            "spec.yaml:6:12: E327 factor 'dropout' has 3 levels, and 'lr', with which it is zipped, has 2\n"
            "    give them equally many: the first goes with the first, the second with the second, such as"
            " `dropout: [0, 0.1]`"
        ],
    ),
    "one at a time, from half a baseline": (
        DIGITS + "factors: {lr: [0.1, 0.01], dropout: [0, 0.5]}\ndesign: one-at-a-time\nbaseline: {lr: 0.1}\n",
        [
            "spec.yaml:6:9: E329 one-at-a-time starts from the baseline, which says nothing of dropout\n"
            "    write `baseline: {lr: 0.1, dropout: 0}`, or other levels"
        ],
    ),
    "a new level under include": (
        DIGITS + "factors: {lr: [0.1, 0.01]}\ninclude: [{lr: 0.5}]\nbaseline: {lr: 0.1}\n",
        [
            "spec.yaml:6:16: E304 factor 'lr' has no level 0.5\n"
            "    allowed: 0.1, 0.01; a new one stands under `factors`, and `exclude` keeps it from what it isn't"
            " crossed with"
        ],
    ),
    "an ablation of what a factor varies": (
        DIGITS + "factors: {dropout: [0.1, 0.5]}\nablation: {no-dropout: {dropout: 0}}\nbaseline: {dropout: 0.1}\n",
        [
            "spec.yaml:6:1: E308 factors 'dropout' and 'ablation' both set the parameter 'dropout'\n"
            "    take it out of the ablation, and give 'dropout' a level that sets dropout as this one does"
        ],
    ),
    "a table of one of several factors, one at a time": (
        DIGITS + "factors: {lr: [0.1, 0.01], dropout: [0, 0.5]}\ndesign: one-at-a-time\n"
        "baseline: {lr: 0.1, dropout: 0.5}\ntables: {main: {rows: lr}}\n",
        [
            "spec.yaml:8:10: E313 table 'main' says nothing of factor 'dropout'\n"
            "    show it in rows or columns, or write `average: dropout`, `at: {dropout: 0.5}` or `select: dropout`"
        ],
    ),
    "a parameter in a table": (
        DIGITS + "params: {lr: 0.1}\nfactors: {dropout: [0, 0.5]}\nbaseline: {dropout: 0}\n"
        "tables: {main: {rows: dropout, columns: lr}}\n",
        ["spec.yaml:8:41: E303 there is no factor 'lr'\n    allowed: dropout, on"],
    ),
    "a misspelt program": (
        OWN.replace("sort", "python trian.py"),
        [
            "spec.yaml:3:17: E405 the command starts 'trian.py', and the program has no such file\n"
            "    paths are relative to the spec's folder; code that lies elsewhere is named by `code: {path: …}`"
        ],
    ),
    "a program that nobody made executable": (
        OWN.replace("sort", "./mine.py"),
        [
            "spec.yaml:3:17: E405 the command starts './mine.py', which is not executable\n"
            "    `chmod +x ./mine.py`, or name its interpreter, as in `python ./mine.py`"
        ],
    ),
    "an experiment named as a folder of results": (
        OWN.replace("name: own", "name: data"),
        [
            "spec.yaml:2:7: E324 an experiment can't be called 'data': results/data is shared by all of a project\n"
            "    choose another name, such as data-1"
        ],
    ),
    "a character that no argument can hold": (
        OWN + 'params: {separator: "\\0"}\n',
        [
            "spec.yaml:5:21: E310 separator: no program can be given a NUL character\n"
            "    write another separator; within a list, expc passes it on as \\u0000"
        ],
    ),
    "one metric by two names": (
        DIGITS + "metrics: [accuracy, test.accuracy]\n",
        [
            "spec.yaml:5:21: E312 test.accuracy: twice the same metric, which stands further up as accuracy\n"
            "    name it once"
        ],
    ),
    "a step past the last": (
        DIGITS + "params: {epochs: 2}\nmetrics: [accuracy@step(99), loss@step(0)]\n",
        [
            "spec.yaml:6:11: E312 accuracy@step(99): step 99 is never reached: epochs is 2\n"
            "    name a step that some condition reaches, or train for longer",
            "spec.yaml:6:30: E312 loss@step(0): steps are epochs, and the first is 1\n    write @step(1)",
        ],
    ),
    "braces of another language": (
        OWN.replace("sort", "awk '{print}'"),
        [
            "spec.yaml:3:17: E319 {print} is no placeholder of this command\n"
            "    allowed: args, args:hydra, seed, checkpoint_dir, trial_dir;"
            " write {{ and }} for braces that are meant as such"
        ],
    ),
    "a pattern without a group": (
        OWN.replace("{file: score.json}", "{pattern: {score: 'score [0-9.]+'}}"),
        [
            "spec.yaml:3:59: E344 the pattern of score has no group, so that it finds no value\n"
            "    mark the value as its one group, as in 'acc=([0-9.]+)', or as (?P<value>…) beside (?P<step>…);"
            " (?:…) groups without being one",
        ],
    ),
    "a setting by its name in the program": (
        OWN.replace("results", "files: {run.yaml: {set: {optimizer.lr: learning_rate}}}, results")
        + "params: {learning-rate: 0.1}\n",
        [
            "spec.yaml:3:71: E346 there is no parameter 'learning_rate'\n"
            "    did you mean 'learning-rate'? allowed: learning-rate, seed; what is the same in all trials can"
            " stand under `params`",
        ],
    ),
    "a program's arguments that are Hydra's, glued": (
        OWN.replace("{args}", "--multirun={args:hydra}"),
        [
            "spec.yaml:3:17: E319 {args:hydra} must stand alone, not inside '--multirun={args:hydra}'\n"
            "    put spaces around it",
        ],
    ),
    "a program that nobody knows the metrics of": (
        OWN.rpartition("metrics")[0],
        [
            "spec.yaml:3:1: E320 stage 'train' runs an own program, and nothing says which metrics it writes\n"
            "    add `metrics: {accuracy: {goal: maximize}}`, with the names that the program writes"
        ],
    ),
    "a template's name for a folder": (
        "expc: 1\nname: mine\ntask: my-template\n",
        [
            "spec.yaml:3:7: E306 there is no template 'my-template'\n"
            "    allowed: image-classification, llm-evaluation, tabular, text-classification; one of your own is a path"
            " with a slash, such as ./my-template"
        ],
    ),
    "a stage's name for its checkpoint's owner": (
        DIGITS + "stages:\n  pretrain: {}\n  finetune: {from: {weights: pretrain.checkpoint}}\n",
        ["spec.yaml:7:21: E315 template 'image-classification' has no input 'weights'\n    allowed: init"],
    ),
    "a metric that isn't asked for": (
        DIGITS + "metrics: [accuracy]\ntables: {main: {metric: [accuracy, loss]}}\n",
        [
            "spec.yaml:6:36: E301 stage 'train' does not report the metric 'loss'\n"
            "    add it to `metrics`, which has accuracy"
        ],
    ),
    "texts for a template of images": (
        DIGITS.replace("{source: sklearn}", "{source: csv, file: x.csv, columns: {text: 0, label: 1}}"),
        [
            "spec.yaml:4:25: E402 image-classification can't read data of `source: csv`\n"
            "    allowed: folder, idx, npz, sklearn",
            "spec.yaml:4:36: E401 there is no file 'x.csv'\n    paths are relative to the spec's folder, ",
        ],
    ),
    "a metric without a goal": (
        OWN.replace("{score: {goal: maximize}}", "[score]") + "factors: {rate: [1, 2]}\nbaseline: {rate: 1}\n",
        [
            "spec.yaml:4:11: R013 conditions are compared by 'score', and nothing says whether high or low is better\n"
            "    write `metrics: {score: {goal: maximize}}`, or minimize"
        ],
    ),
}


@pytest.mark.parametrize(("text", "messages"), NEWCOMERS.values(), ids=NEWCOMERS)
def test_a_newcomers_mistake_gets_a_message_that_suffices(tmp_path: Path, text: str, messages: list[str]) -> None:
    (tmp_path / "mine.py").touch(mode=0o644)
    assert said(tmp_path, text) == messages


METHOD = DIGITS + "methods: {mine: {slot: model, file: mine.py}}\nparams: {model: mine}\n"
FILLS = "\n    method 'mine' fills the slot 'model' of image-classification"
METHODS = {
    "a syntax error": (
        b"def build(config, shape, classes):\n    return (\n",
        "mine.py:2:12: E403 isn't Python: '(' was never closed" + FILLS,
    ),
    "no function": (
        b"x = 1\n",
        "mine.py:1:1: E403 the slot 'model' needs a function build(config, shape, classes); the file defines none"
        + FILLS,
    ),
    "other arguments": (
        b"\n\ndef build(config):\n    pass\n",
        "mine.py:3:1: E403 the slot 'model' needs build(config, shape, classes), found build(config)" + FILLS,
    ),
    "Latin-1": (
        "# café\n".encode("latin-1"),
        "spec.yaml:5:37: E403 'mine.py' is not UTF-8 text: invalid continuation byte at byte 5\n    save it as UTF-8",
    ),
    "a null byte": (
        b"x = 1\0\n",
        "mine.py:1:1: E403 isn't Python: source code string cannot contain null bytes" + FILLS,
    ),
    "too deep": (
        b"x = " + b"-" * 100_000 + b"1\n",
        "spec.yaml:5:37: E403 'mine.py' is nested too deeply for Python to read\n    is it the right file?",
    ),
    "a folder": (None, "spec.yaml:5:37: E401 'mine.py' is a folder, and a file is meant\n    name the file in it"),
}


@pytest.mark.parametrize(("content", "message"), METHODS.values(), ids=METHODS)
def test_what_is_wrong_with_a_method_stands_in_its_own_file(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is None:
        (tmp_path / "mine.py").mkdir()
    else:
        (tmp_path / "mine.py").write_bytes(content)
    assert said(tmp_path, METHOD) == [message]


TEMPLATES = {
    "not YAML": "template: [1",
    "empty": "",
    "a list": "- template\n",
    "other keys": "template: 1\nname: x\nmodel: y\n",
    "an alias of itself": "&a [*a]\n",
    "a number as key": "1: 2\n",
}


@pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES)
def test_a_broken_template_is_a_finding_at_the_task_beside_all_others(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "template.yaml").write_text(text, encoding="utf-8")
    broken, *others = said(tmp_path, "expc: 1\nname: x\ntask: ./mine\nfactors: {a: [1]}\nbaseline: {b: 1}\n")
    assert re.match(r"spec\.yaml:3:7: E404 template '\./mine' can't be used: mine/template\.yaml:?\d*: \S", broken)
    assert others == ["spec.yaml:5:12: E303 there is no factor 'b'\n    allowed: a"]


def many(count: int, entry: str) -> str:
    return "".join(f"  {entry.format(n)}\n" for n in range(count))


LARGE = {
    "3,000 levels": (
        OWN + "factors:\n  rate: [" + ", ".join(map(str, range(3000))) + "]\nbaseline: {rate: 2999}\n",
        [],
    ),
    "3,000 levels by name": (
        OWN + "factors:\n rate:\n" + many(3000, "level-{0}: {0}") + "baseline: {rate: level-7}\n",
        [],
    ),
    "1,000,000,000 trials": (
        OWN + "factors:\n" + many(9, "f{}: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]") + "baseline: {f0: 1}\n",
        ["E322"],
    ),
    "10^200 trials": (
        OWN + "factors:\n" + many(200, "f{}: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]") + "baseline: {f0: 1}\n",
        ["E322"],
    ),
    "1,000 data sets": (
        DIGITS.replace("{digits: {source: sklearn}}", "")
        + many(1000, "d{}: {{source: sklearn, name: digits}}")
        + "params: {dataset: d7}\n",
        [],
    ),
}


@pytest.mark.parametrize(("text", "wanted"), LARGE.values(), ids=LARGE)
def test_large_specs_are_checked_at_once(tmp_path: Path, text: str, wanted: list[str]) -> None:
    started = time.process_time()
    assert [one.split()[1] for one in said(tmp_path, text)] == wanted
    assert time.process_time() - started < 4  # of a slow machine; half a second is usual
