"""`expc try`: one step of each condition, what would break, and no trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

DIGITS = """\
expc: 1
name: digits
task: image-classification
data: {digits: {source: sklearn}}
factors: {model: [mlp, mine]}
methods: {mine: {slot: model, file: mine.py}}
params: {epochs: 1000, model: mlp}
seeds: 3
metrics: [accuracy, loss, "validation.loss@step(500)"]
baseline: {model: mlp}
"""
MINE = """\
from torch import nn


def build(config, shape, classes):
    channels, height, width = shape
    return nn.Sequential(nn.Flatten(), nn.Linear(height * width + 1, classes))
"""
OWN = """\
expc: 1
name: own
task: {command: "python slow.py {kind}", code: {include: [slow.py]}}
factors: {kind: [slow, quick, other, wrong]}
seeds: 2
metrics: {accuracy: {goal: maximize}}
baseline: {kind: quick}
"""
SLOW = """\
import json, os, sys, time
kind = sys.argv[1]
assert "EXPC_TRY" in os.environ
if kind == "wrong":
    print("before it breaks")
    {}["nothing"]
def write(name, split):
    with open(os.environ["EXPC_TRIAL_DIR"] + "/metrics.jsonl", "a") as file:
        file.write(json.dumps({"name": name, "value": 0.5, "split": split}) + "\\n")
write("loss", "validation")
if kind == "slow":
    open(os.environ["EXPC_CHECKPOINT_DIR"] + "/state", "w").close()
    time.sleep(600)
write("acuracy" if kind == "other" else "accuracy", "test")
"""


def without_times(said: str) -> list[str]:
    return re.sub(r"[\d.]+ s\)", "… s)", said).splitlines()


def test_a_step_of_a_template_is_one_update_and_a_mistake_in_a_method_is_found(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(DIGITS)
    (tmp_path / "mine.py").write_text(MINE)
    project = project_in(tmp_path)
    code, said = project.expc("try")
    lines = without_times(said)
    assert (code, lines[1:3]) == (
        1,
        ["digits: 2 conditions, 1 would break", "  ok         train  model=mlp  (… s)"],
    )
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied" in said
    (log,) = re.findall(r"^ +(/\S+/log\.txt)$", said, re.MULTILINE)
    assert "RuntimeError" in Path(log).read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py", "spec.yaml"]

    (tmp_path / "mine.py").write_text(MINE.replace(" + 1", ""))
    code, said = project.expc("try", "spec.yaml")
    lines = without_times(said)
    assert (code, lines[1:]) == (
        0,
        [
            "digits: 2 conditions, all of them work",
            "  ok         train  model=mlp  (… s)",
            "  ok         train  model=mine  (… s)",
        ],
    )
    scratch = re.search(r"in (/\S+) …", said)
    assert scratch and not Path(scratch[1]).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py", "spec.yaml"]


def test_of_a_program_of_ones_own_it_says_what_was_seen(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(OWN)
    (tmp_path / "slow.py").write_text(SLOW)
    code, said = project_in(tmp_path).expc("try", "--limit", "10")
    assert code == 1
    lines = without_times(said)
    assert lines[1:5] == [
        "own: 4 conditions, 2 would break",
        "  running    train  kind=slow  (still running after 10 s, and stopped: it has measured validation.loss, "
        "and saved a checkpoint)",
        "  ok         train  kind=quick  (… s)",
        "  broken     train  kind=other  (metrics: the spec asks for accuracy, and it measured acuracy, "
        "validation.loss)",
    ]
    assert "  broken     train  kind=wrong  (code: KeyError: 'nothing')" in lines
    assert "      | before it breaks" in lines
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slow.py", "spec.yaml"]


def test_data_that_can_not_be_prepared_are_said_and_a_spec_with_errors_is_not_tried(tmp_path: Path, project_in) -> None:
    text = "task: text-classification\ndata: {a: {source: csv, file: a.csv, columns: {text: 0, label: 1}}}\n"
    (tmp_path / "spec.yaml").write_text(f"expc: 1\nname: texts\n{text}params: {{epochs: 1}}\n")
    (tmp_path / "a.csv").write_text("good,1\n")
    code, said = project_in(tmp_path).expc("try")
    assert code == 1
    assert "not tried  train  one condition" in said
    assert "Not all could be started:" in said
    assert "    a.csv" in said, "the path is the spec's"
    assert f"../{tmp_path.name}" not in said
    (tmp_path / "a.csv").unlink()
    code, said = project_in(tmp_path).expc("try")
    assert (code, "E401" in said, "Taking a step" in said) == (1, True, False)
    code, said = project_in(tmp_path).expc("try", "none.yaml")
    assert (code, "none.yaml:1:1: E101" in said) == (1, True)


DRAWS = """\
import json, os, random, sys
if sys.argv[1] == "seeded":
    random.seed(int(sys.argv[2]))
with open("m.json", "w") as file:
    json.dump({"score": random.random(), "seconds": os.getpid()}, file)
"""
DRAWN = """\
expc: 1
name: drawn
task: {command: "python draws.py {kind} {seed}", results: {file: m.json}}
factors: {kind: [seeded, unseeded]}
seeds: 2
metrics: {score: {goal: maximize}, seconds: {goal: minimize, kind: timing}}
baseline: {kind: seeded}
"""


def test_a_program_that_its_seed_does_not_reach_is_found_by_running_it_twice(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(DRAWN)
    (tmp_path / "draws.py").write_text(DRAWS)
    project = project_in(tmp_path)
    assert project.expc("try")[0] == 0
    code, said = project.expc("try", "--twice")
    told = re.sub(r"score: [^\n]* apart\)", "score: …", said).splitlines()
    start = told.index("drawn: 1 trial measured other numbers the second time")
    assert (code, told[start + 1 : start + 3]) == (1, ["  differs    train  kind=unseeded seed=0", "      score: …"])
    (scratch,) = re.findall(r"the second in (/\S+)\.$", said, re.MULTILINE)
    assert (Path(scratch) / "once/results/trials").is_dir()

    (tmp_path / "spec.yaml").write_text(DRAWN.replace(", unseeded", ""))
    code, said = project.expc("try", "--twice")
    assert (code, said.splitlines()[-1]) == (0, "drawn: every trial measured the same numbers twice")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draws.py", "spec.yaml"]

    (tmp_path / "draws.py").write_text("wrong")
    code, said = project.expc("try", "--twice")
    assert (code, "Nothing ran twice: mend this first." in said, "measured the same" in said) == (1, True, False)


LOST = """\
expc: 1
name: lost
task: {command: "python {program}"}
factors: {program: [reads.py, prints.py, both.py]}
metrics: {accuracy: {goal: maximize}}
baseline: {program: reads.py}
"""


def test_a_file_beside_the_spec_and_numbers_that_are_only_printed_are_explained(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(LOST.replace('{program}"}', "{program}\", code: {include: ['*.py']}}"))
    (tmp_path / "one.csv").write_text("1\n")
    for name, text in (("reads", 'open("one.csv")'), ("prints", "print('accuracy 1')"), ("both", 'open("one.csv")')):
        (tmp_path / f"{name}.py").write_text(f"{text}\n")
    code, said = project_in(tmp_path).expc("try")
    lines = [line[:70] for line in said.splitlines() if not re.match(r" +(\||/)", line)]
    assert (code, lines[1:8]) == (
        1,
        [
            "lost: 3 conditions, 3 would break",
            "  broken     train  2 conditions  (code: FileNotFoundError: [Errno 2] ",
            "      program=reads.py",
            "      program=both.py",
            "      one.csv lies beside the spec, and trials start in a copy of the ",
            "  broken     train  program=prints.py  (metrics: the program measured ",
            "      what it prints can be read, too: `results: {pattern: {accuracy: ",
        ],
    )


STAGES = """\
expc: 1
name: stages
task: {command: "python step.py {from.init}"}
factors: {width: [1, 2]}
stages:
  above: {task: {command: "python step.py {width}"}}
  below: {from: {init: above.checkpoint}}
seeds: 2
metrics: {m: {goal: minimize}}
baseline: {width: 1}
"""
STEP = """\
import json, os, sys
for name, place in (("m", "EXPC_TRIAL_DIR"), ("state", "EXPC_CHECKPOINT_DIR")):
    with open(os.path.join(os.environ[place], "metrics.jsonl"), "w") as file:
        file.write(json.dumps({"name": name, "value": 1}))
if sys.argv[1] == "2":
    sys.exit("too wide")
"""


def test_what_takes_from_another_stage_is_tried_after_it_and_not_if_that_broke(tmp_path: Path, project_in) -> None:
    (tmp_path / "spec.yaml").write_text(STAGES)
    (tmp_path / "step.py").write_text(STEP)
    code, said = project_in(tmp_path).expc("try")
    states = [line.split()[:3] for line in said.splitlines() if re.match(r"  (ok|not tried|broken) ", line)]
    assert (code, states) == (
        1,
        [
            ["ok", "above", "width=1"],
            ["broken", "above", "width=2"],
            ["ok", "below", "width=1"],
            ["not", "tried", "below"],
        ],
    ), said
