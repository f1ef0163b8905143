"""Programs in, the specs that they get: what their command lines take, and what they write."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from expc.compiler.check import check_file
from expc.errors import ExpcError
from expc.runner.own import arguments
from expc.starting.program_spec import FirstSpec, program_spec

ARGPARSE = """
    import argparse, json
    from pathlib import Path
    import models

    RATE = 0.1
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", "-l", type=float, default=RATE, help="learning rate (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=2 * 16)
    group = parser.add_argument_group("model")
    group.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    group.add_argument("--widths", type=int, nargs="+", default=[3, 4])
    parser.add_argument("--amp", action="store_true")
    parser.add_argument("--init", default=None, help="a file of weights")
    parser.add_argument("--output-dir", type=Path, default="runs")
    parser.add_argument("--checkpoint-dir", default="ckpt")
    parser.add_argument("--data", default="data/train.csv")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(lr=0.2)
    args = parser.parse_args()
    metrics = {"accuracy": 0.9, "val": {"x": 1}, "model": args.model}
    metrics["test_loss"] = 0.1
    with open(args.output_dir / "metrics.json", "w") as file:
        json.dump(metrics, file)
"""

TWO = "{use-momentum:--use-momentum|--no-use-momentum} {amp:--amp|--no-amp}"
SWITCHES = """
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--weights", type=float, nargs=2, default=[0.5, 0.5])
    parser.add_argument("--use-momentum", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=False)
    {seed}
    args = parser.parse_args()
    print("accuracy", accuracy)
"""

CLICK = """
    import json
    import click

    @click.command()
    @click.argument("task", type=click.Choice(["parity", "copy"]))
    @click.option("--lr", "rate", default=0.1, show_default=True, help="The rate.")
    @click.option("--steps", type=click.IntRange(1), default=100)
    @click.option("--shout/--no-shout", default=False)
    @click.option("--color/--plain", default=True)
    @click.option("-w", type=int, default=8)
    @click.option("--rand-seed", type=int, default=1)
    def main(task, rate, steps, shout, color, w, rand_seed):
        with open("out/result.jsonl", "w") as file:
            file.write(json.dumps({"train": {"loss": 0.5}, "test": {"accuracy": 1.0}}) + "\\n")
"""

HYDRA = """
    import json
    import hydra

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg):
        with open("scores.json", "w") as f:
            json.dump({"mse": 1.0}, f)
"""

TYRO = """
    import tyro
    from dataclasses import dataclass, field
    from typing import Literal

    @dataclass
    class Optimizer:
        name: Literal["sgd", "adam"] = "adam"
        weight_decay: float | None = 0.01

    @dataclass
    class Config:
        optimizer: Optimizer = field(default_factory=Optimizer)
        hidden_size: int = 64
        amp: bool = False
        widths: list[int] = field(default_factory=lambda: [1, 2])
        data: str = field()
        seed: int = 0

    config = tyro.cli(Config)
    print(f"final accuracy: {train(config):.3f}")
"""

PLAIN = """
    from dataclasses import dataclass

    @dataclass
    class TrainConfig:
        lr: float = 0.1
        name: str = "small"
"""


@pytest.fixture
def spec_of(tmp_path: Path) -> Callable[..., tuple[dict[str, Any], FirstSpec]]:
    """The spec of a program, as YAML reads it; `expc check` finds nothing but what is still to be said."""

    def found(program: str, files: Mapping[str, str] = {}, **vary: list[Any]) -> tuple[dict[str, Any], FirstSpec]:
        for name, text in {"train.py": program, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        first = program_spec(tmp_path / "train.py", "train", tmp_path, vary)
        (tmp_path / "spec.yaml").write_text(first.text)
        codes = [one.code for one in check_file(str(tmp_path / "spec.yaml"))]
        assert codes == ["E361"] * sum("CHANGE-ME" in line for line in first.text.splitlines())
        return YAML(typ="safe", pure=True).load(first.text), first

    return found


def test_argparse(spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]]) -> None:
    spec, first = spec_of(ARGPARSE, {"models.py": "", "data/train.csv": "x\n"}, lr=[0.2, 0.02])
    del spec["question"]
    assert spec == {
        "expc": 1,
        "name": "train",
        "task": {
            "command": "python train.py {args} {amp:--amp} --checkpoint-dir={checkpoint_dir} --widths {widths...}",
            "code": {"include": ["train.py", "models.py", "data/train.csv"]},
            "results": {"file": "runs/metrics.json"},
        },
        "factors": {"lr": [0.2, 0.02]},
        "baseline": {"lr": 0.2},
        "params": {"batch-size": 32, "model": "mlp", "widths": [3, 4], "amp": False, "data": "data/train.csv"},
        "seeds": 3,
        "metrics": {
            "accuracy": {"goal": "maximize"},
            "validation.x": {"goal": "maximize"},
            "test_loss": {"goal": "minimize"},
        },
    }
    for words in (
        "lr: [0.2, 0.02]    # learning rate (default:",
        "# init: has no default (a file of weights)",
        "# output-dir: is what it writes",
        "runs/metrics.json also holds model: no metric, and passed over",
    ):
        assert words in first.text
    assert first.todo == ()


@pytest.mark.parametrize(
    ("seed", "command"),
    [
        ("", "python train.py --lr={lr} SWITCHES --weights {weights...}"),
        (
            'parser.add_argument("--random-seed", type=int)',
            "python train.py --lr={lr} SWITCHES --random-seed={seed} --weights {weights...}",
        ),
        ('parser.add_argument("--seed", type=int)', "python train.py {args} SWITCHES --weights {weights...}"),
    ],
)
def test_the_seed_is_handed_on_by_the_name_that_the_program_has_for_it(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]], seed: str, command: str
) -> None:
    spec, first = spec_of(SWITCHES.replace("{seed}", seed))
    assert spec["task"]["command"] == command.replace("SWITCHES", TWO)
    assert spec["params"] == {"lr": 0.1, "weights": [0.5, 0.5], "use-momentum": True, "amp": False}
    assert "type=bool" not in first.text


FLAGS = """
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("-a", "--amp", action="store_true")
    parser.add_argument("--no-norm", dest="norm", action="store_false")
    parser.add_argument("--flip", dest="flip", action="store_true")
    parser.add_argument("--no-flip", dest="flip", action="store_false", help="leave pictures as they are")
    parser.set_defaults(flip=True)
    parser.add_argument("--ema", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--warm", type=bool, default=False)
    parser.add_argument("--always", action="store_true", default=True)
    parser.add_argument("--const", action="store_const", const=3)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--progress", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("loss", given.seed * 0.5)
"""
CLICK_FLAGS = """
    import click

    @click.command()
    @click.option("--amp", is_flag=True)
    @click.option("--norm/--plain", " /-P", default=True)
    @click.option("--upper", "case", flag_value="upper")
    @click.option("-v", count=True)
    @click.option("--ema", default=False)
    @click.option("--seed", type=int)
    def main(**values):
        global given
        given = type("Given", (), values)
        print("loss", values["seed"] * 0.5)

    main(standalone_mode=False)
"""


@pytest.mark.parametrize(
    ("program", "params", "switches", "left"),
    [
        (
            FLAGS,
            {"amp": False, "no-norm": False, "flip": True, "ema": True, "warm": False},
            "{amp:--amp} {no-norm:--no-norm} {flip:--flip|--no-flip} {ema:--ema|--no-ema} {warm:--warm=1|--warm=}",
            [
                "# always: takes no value, and is on; nothing switches it off",
                "# verbose: takes no value; to switch it on, write --verbose into the command",
                "# progress: takes no value, and is on; to switch it off, write --no-progress into the command",
                "# const: takes no value; to switch it on, write --const into the command",
                "# --warm has type=bool, for which every text is true, `false` as well: so that false is said by an",
            ],
        ),
        (
            CLICK_FLAGS,
            {"amp": False, "norm": True, "ema": False},
            "{amp:--amp} {norm:--norm|--plain}",
            ["# v: takes no value", "# upper: takes no value; to switch it on, write --upper into the command"],
        ),
    ],
)
def test_what_is_on_or_off_reaches_the_program_as_the_spec_says_it(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]],
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    params: dict[str, bool],
    switches: str,
    left: list[str],
) -> None:
    spec, first = spec_of(program)
    assert (spec["task"]["command"], spec["params"]) == (f"python train.py {{args}} {switches}", params)
    assert [words for words in left if words not in first.text] == []
    for value in (True, False):
        trial = {"params": dict.fromkeys(params, value), "seed": 7}
        monkeypatch.setattr("sys.argv", arguments(shlex.split(spec["task"]["command"])[1:], trial, {}))
        scope: dict[str, Any] = {}
        exec(textwrap.dedent(program), scope)
        found = {name: getattr(scope["given"], name.removeprefix("no-")) for name in params}
        assert found == {name: value != name.startswith("no-") for name in params}


@pytest.mark.parametrize(
    ("default", "given"),
    [
        ("ckpt", "{checkpoint_dir}"),
        ("ckpt/best.pt", "{checkpoint_dir}/best.pt"),
        ("./last.model.ckpt", "{checkpoint_dir}/last.model.ckpt"),
        ("..", "{checkpoint_dir}"),
    ],
)
def test_a_checkpoint_s_file_stays_a_file(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]], default: str, given: str
) -> None:
    spec, _ = spec_of(SWITCHES.format(seed=f'parser.add_argument("--ckpt", default="{default}")'))
    assert spec["task"]["command"] == f"python train.py --lr={{lr}} {TWO} --ckpt={given} --weights {{weights...}}"


def test_click(spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]]) -> None:
    spec, _ = spec_of(CLICK)
    assert spec["task"] == {
        "command": "python train.py {task} --lr={lr} --steps={steps} {shout:--shout|--no-shout} "
        "{color:--color|--plain} -w {w} --rand-seed={seed}",
        "results": {"file": "out/result.jsonl"},
    }
    assert spec["params"] == {"task": "parity", "lr": 0.1, "steps": 100, "shout": False, "color": True, "w": 8}
    assert spec["metrics"] == {"train.loss": {"goal": "minimize"}, "accuracy": {"goal": "maximize"}}


def test_hydra(spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]]) -> None:
    files = {
        "conf/config.yaml": "defaults: [_self_, {model: small}]\nlr: 1e-2\nseed: 1\nname: ${model.width}\nsteps: ???\n",
        "conf/model/small.yaml": "width: 8\n",
        "conf/model/large.yaml": "width: 80\n",
    }
    spec, first = spec_of(HYDRA, files, **{"model": ["small", "large"]})
    assert spec["task"]["code"] == {"include": ["train.py", "conf/**"]}
    assert spec["task"]["command"].startswith("python train.py hydra.run.dir=. ")
    assert spec["params"] == {"lr": 0.01, "steps": "CHANGE-ME"}  # model.width would be 8 of the large one, too
    assert "# model.width: what model chooses says them; here they would hide\n" in first.text
    assert (spec["factors"], spec["baseline"]) == ({"model": ["small", "large"]}, {"model": "small"})
    assert spec["metrics"] == {"mse": {"goal": "minimize"}}
    assert first.todo == ("params.steps is required, and the program has no default: put yours there",)


def test_a_dataclass_that_tyro_fills(spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]]) -> None:
    spec, first = spec_of(TYRO)
    assert spec["task"] == {
        "command": "python train.py {args} {amp:--amp|--no-amp} --data={input.data} --widths {widths...}",
        "results": {"pattern": {"accuracy": "^final accuracy: (nan|-?inf|[-+0-9.e]*[0-9])"}},
    }
    assert spec["inputs"] == {"data": {"file": "CHANGE-ME"}}
    optimizer = {"optimizer.name": "adam", "optimizer.weight-decay": 0.01}
    assert spec["params"] == {**optimizer, "hidden-size": 64, "amp": False, "widths": [1, 2]}
    assert spec["metrics"] == {"accuracy": {"goal": "maximize"}}
    assert "# factors:\n#   optimizer.name: [sgd, adam]\n#   optimizer.weight-decay: [0.01, 0.001]\n" in first.text
    assert first.todo == ("inputs.data is a file that it reads: put its path there",)


def test_a_dataclass_that_nothing_fills_is_told_how(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]],
) -> None:
    spec, first = spec_of(PLAIN)
    assert (spec["task"]["command"], spec["params"]) == ("python train.py", {"lr": 0.1, "name": "small"})
    assert '#     config = TrainConfig(**trial["params"])' in first.text


def test_a_program_without_any_of_them_still_gets_a_spec(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]],
) -> None:
    spec, first = spec_of("import sys\nprint('loss', float(sys.argv[1]))\n")
    assert (spec["task"]["command"], spec["metrics"]) == ("python train.py", {"loss": {"goal": "minimize"}})
    assert first.todo == ("no parameters were recognised in train.py: write them under params",)


def test_a_program_whose_numbers_are_nowhere_to_be_seen_is_told_what_to_add(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]],
) -> None:
    spec, first = spec_of("import work\nwork.evaluate()\nprint('done')\n")
    assert (spec["task"]["results"], spec["metrics"]) == ({"file": "CHANGE-ME"}, {"score": {"goal": "maximize"}})
    assert '#         json.dump({"score": score}, file)' in first.text
    assert first.todo[1].startswith("nothing says which numbers train.py measures")


PRINTS = """
    import argparse
    from pathlib import Path

    parser = argparse.ArgumentParser()
    parser.add_argument("table", help="a CSV file")
    parser.add_argument("words", type=Path)
    parser.add_argument("--step-size", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--weights-file", default="elsewhere/weights.pt")
    parser.add_argument("--stop-words", default="{elsewhere}")
    args = parser.parse_args()
    best = 0
    for epoch in range(args.rounds):
        best = max(best, accuracy(epoch))
        print(f"epoch {epoch}, step size {args.step_size:.2f}: val_loss {loss:6.3f}")
    print(f"best so far {best:.3f}")
"""


def test_a_program_that_only_prints_gets_patterns_and_files_that_it_reads_become_inputs(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]], tmp_path: Path
) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-stop.txt"
    elsewhere.write_text("the\n")
    files = {"one.csv": "1\n", "requirements.txt": "numpy\n"}
    spec, first = spec_of(PRINTS.replace("{elsewhere}", str(elsewhere)), files, step_size=[0.1, 0.2])
    value = "nan|-?inf|[-+0-9.e]*[0-9]"
    assert {key: spec[key] for key in ("task", "inputs", "factors", "params", "metrics")} == {
        "task": {
            "command": "python train.py {input.table} {input.words} --step-size={step-size} --rounds={rounds} "
            "--weights-file={input.weights-file} --stop-words={input.stop-words}",
            "results": {
                "pattern": {
                    "validation.loss": f"epoch (?P<step>[0-9]+).*: val_loss *(?P<value>{value})",
                    "accuracy": f"^best so far ({value})",
                }
            },
        },
        "inputs": {
            "table": {"file": "one.csv"},
            "words": {"file": "one.csv"},
            "weights-file": {"file": "CHANGE-ME"},
            "stop-words": {"file": f"../{elsewhere.name}"},
        },
        "factors": {"step-size": [0.1, 0.2]},
        "params": {"rounds": "CHANGE-ME"},
        "metrics": {"validation.loss": {"goal": "minimize"}, "accuracy": {"goal": "maximize"}},
    }
    assert first.todo == (
        "inputs.weights-file is a file that it reads: put its path there",
        "params.rounds is required, and the program has no default: put yours there",
    )


def test_what_is_suggested_compiles_when_the_signs_are_taken_away(
    spec_of: Callable[..., tuple[dict[str, Any], FirstSpec]], tmp_path: Path
) -> None:
    _, first = spec_of(ARGPARSE, {"models.py": "", "data/train.csv": ""})
    lines = [
        line.removeprefix("# ") if line.startswith(("# factors:", "#   ", "# baseline:")) else line
        for line in first.text.splitlines()
    ]
    (tmp_path / "spec.yaml").write_text("\n".join(lines))
    assert [str(one) for one in check_file(str(tmp_path / "spec.yaml"))] == []


@pytest.mark.parametrize(
    ("program", "vary", "words"),
    [
        ("def f(:\n", {}, "train.py:1: isn't Python 3"),
        ("x\0", {}, "isn't Python"),
        (ARGPARSE, {"lrr": [1, 2]}, "has no parameter 'lrr' that could vary; did you mean 'lr'?"),
        (ARGPARSE, {"widths": [1, 2]}, "widths takes several values: its levels are lists, widths=[1,2],[3]"),
        (ARGPARSE, {"init": ["a", "b"]}, "has no parameter 'init' that could vary"),
        (HYDRA, {}, "conf/config.yaml: the program's configuration can't be read"),
    ],
)
def test_what_can_not_be_done_is_said(tmp_path: Path, program: str, vary: dict[str, Any], words: str) -> None:
    (tmp_path / "train.py").write_text(textwrap.dedent(program))
    with pytest.raises(ExpcError) as said:
        program_spec(tmp_path / "train.py", "train", tmp_path, vary)
    assert words in str(said.value)


def test_a_pipe_in_the_place_of_a_program_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "train.py")
    with pytest.raises(ExpcError, match="it is not a regular file"):
        program_spec(tmp_path / "train.py", "train", tmp_path, {})


def test_a_program_elsewhere_is_named_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "code/train.py").write_text(textwrap.dedent(ARGPARSE.replace("data/train.csv", "train.txt")))
    (tmp_path / "code/train.txt").write_text("x")
    first = program_spec(tmp_path / "code/train.py", "train", tmp_path / "specs", {})
    (tmp_path / "specs/spec.yaml").write_text(first.text)
    assert "code: {path: ../code, include: [train.py, train.txt]}" in first.text
    assert [str(one) for one in check_file(str(tmp_path / "specs/spec.yaml"))] == []


SUBCOMMANDS = """
    import argparse

    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    train = commands.add_parser("train")
    train.add_argument("--lr", type=float, default=0.1)
    train.add_argument("--seed", type=int, default=0)
    tune = commands.add_parser("tune")
    tune.add_argument("--lr", type=float, default=0.2)
    tune.add_argument("--seed", type=int, default=0)
    tune.add_argument("--null", default=".inf")
    args = parser.parse_args()
    print("accuracy", accuracy)
"""


def test_an_option_of_several_subcommands_and_a_program_with_a_blank_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "my train.py").write_text(textwrap.dedent(SUBCOMMANDS))
    first = program_spec(tmp_path / "my train.py", "train", tmp_path, {})
    (tmp_path / "spec.yaml").write_text(first.text)
    spec = YAML(typ="safe", pure=True).load(first.text)
    assert (spec["task"]["command"], spec["params"]) == ("python 'my train.py' {args}", {"lr": 0.1, "null": ".inf"})
    assert [str(one) for one in check_file(str(tmp_path / "spec.yaml"))] == []


@pytest.mark.parametrize(
    ("default", "kept"),
    [("/scratch/ada/runs/", "runs"), ("~/my runs", "my-runs"), ("../out", "out"), ("/", "out")],
)
def test_what_all_trials_would_write_to_one_place_is_kept_in_the_folder_of_each(
    tmp_path: Path, default: str, kept: str
) -> None:
    program = ARGPARSE.replace('default="runs"', f'default="{default}"')
    (tmp_path / "train.py").write_text(textwrap.dedent(program))
    made = program_spec(tmp_path / "train.py", "toy", tmp_path, {})
    task = YAML(typ="safe").load(made.text)["task"]
    assert f"--output-dir={kept}" in task["command"].split()
    assert task["results"] == {"file": f"{kept}/metrics.json"}
    assert "# output-dir: is what it writes; the command keeps it in the trial's own folder" in made.text


def test_numbers_that_are_written_to_a_place_which_only_a_run_tells_are_pointed_to(tmp_path: Path) -> None:
    program = """
        import argparse, json, time
        from pathlib import Path

        parser = argparse.ArgumentParser()
        parser.add_argument("--out", default=None)
        args = parser.parse_args()
        out = Path(args.out or f"outputs/{time.time()}")
        print(f"step {step}: w={w:.3f}")
        (out / "results.json").write_text(json.dumps({"accuracy": 0.5}))
    """
    (tmp_path / "fit.py").write_text(textwrap.dedent(program))
    made = program_spec(tmp_path / "fit.py", "toy", tmp_path, {})
    assert made.text.splitlines()[-2:] == [
        "# Note: it also writes JSON with accuracy, and where can't be read off it: if an option says where, give",
        "# it in the command, as in `--out out`, and name the file in place of what stands there now: `{file: out/…}`.",
    ]


def test_a_file_that_is_written_below_a_path_in_brackets_is_found(tmp_path: Path) -> None:
    program = """
        import json
        from pathlib import Path

        folder = Path("out")
        (folder / "metrics.json").write_text(json.dumps({"accuracy": 0.5}))
    """
    (tmp_path / "fit.py").write_text(textwrap.dedent(program))
    task = YAML(typ="safe").load(program_spec(tmp_path / "fit.py", "toy", tmp_path, {}).text)["task"]
    assert task["results"] == {"file": "out/metrics.json"}
