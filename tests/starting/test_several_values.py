"""Programs whose options take several values in, the commands that hand lists on out; and those of absl and Fire.

What argparse and click make of the arguments is looked at here. The arguments of the others were compared with real
programs of tyro 1.0.17, simple_parsing 0.1.9, pyrallis 0.3.1, transformers 5.23.0, absl-py 2.5.1 and fire 0.7.1, run by
`expc run` from the spec that `expc init --from` wrote: each printed the values of the spec, with further levels too."""

from __future__ import annotations

import re
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
from expc.starting.program_spec import program_spec

Reading = Callable[..., tuple[dict[str, Any], str]]

ARGPARSE = """
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["parity", "copy"])
    parser.add_argument("files", nargs="*", default=["a"])
    parser.add_argument("-w", "--widths", type=int, nargs="+", default=[3, 4])
    parser.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    parser.add_argument("--names", nargs="*", default=["x"])
    parser.add_argument("--drop", type=int, nargs="+", default=[])
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("-k", action="append", type=int, default=[])
    parser.add_argument("--views", nargs="+", choices=["rows", "columns"], required=True)
    parser.add_argument("--skip", type=int, nargs="+", help="layers that are left out")
    parser.add_argument("--more", action="append", default=["y"])
    parser.add_argument("--pair", action="append", nargs=2, type=int)
    parser.add_argument("--random-seed", type=int, default=0)
    given = parser.parse_args()
    print("loss", given.random_seed * 0.5)
"""
CLICK = """
    import click

    @click.command()
    @click.option("--width", multiple=True, type=int, default=[3, 4])
    @click.option("-k", multiple=True, type=int, default=(1,))
    @click.option("--betas", nargs=2, type=float, default=(0.9, 0.999))
    @click.option("--pair", type=(int, str), default=(1, "a"))
    @click.option("--tag", multiple=True)
    @click.option("--groups", multiple=True, nargs=2)
    @click.argument("files", nargs=-1)
    @click.option("--seed", type=int)
    def main(**values):
        global given
        given = type("Given", (), values)
        print("loss", values["seed"] * 0.5)

    main(standalone_mode=False)
"""
TYRO = """
    import tyro
    from dataclasses import dataclass, field

    @dataclass
    class Config:
        widths: list[int] = field(default_factory=lambda: [3, 4])
        betas: tuple[float, float] = (0.9, 0.999)
        drop: tuple[int, ...] = ()
        skip: list[int] = field(default_factory=list)
        names: list[str] | None = None
        seed: int = 0

    print("loss", tyro.cli(Config).seed * 0.5)
"""
TRANSFORMERS = """
    from transformers import HfArgumentParser
    from dataclasses import dataclass, field

    @dataclass
    class Config:
        widths: list[int] = field(default_factory=lambda: [3, 4])
        drop: list[int] = field(default_factory=lambda: [])
        seed: int = 0

    (config,) = HfArgumentParser(Config).parse_args_into_dataclasses()
    print("loss", config.seed * 0.5)
"""
PYRALLIS = """
    import pyrallis
    from dataclasses import dataclass, field

    @dataclass
    class Config:
        widths: list[int] = field(default_factory=lambda: [3, 4])
        seed: int = 0

    print("loss", pyrallis.parse(config_class=Config).seed * 0.5)
"""
ABSL = """
    import enum
    from absl import app, flags

    class Optimizer(enum.Enum):
        SGD = 1
        ADAM = 2

    FLAGS = flags.FLAGS
    flags.DEFINE_enum_class("rule", Optimizer.SGD, Optimizer, "How it learns.")
    flags.DEFINE_float("lr", 0.1, "The rate.", lower_bound=0)
    flags.DEFINE_bool("amp", False, "Whether half the bits will do.")
    _KIND = flags.DEFINE_enum("kind", "mlp", ["mlp", "cnn"], help="The model.")
    flags.DEFINE_list("widths", ["3", "4"], "Of the layers.")
    flags.DEFINE_spaceseplist("names", "a b", "Of the data.")
    flags.DEFINE_multi_integer("k", [1, 2], "Of the classes.")
    flags.DEFINE_multi_enum("view", "rows", ["rows", "columns"], "Of the table.")
    flags.DEFINE_multi_string("tag", None, "Of the run.")
    flags.DEFINE_integer("steps", None, "How many.", required=True)
    flags.DEFINE_string("optimizer", None, "Which.")
    flags.DEFINE_float("decay", Optimizer.SGD.value, "How much.")
    flags.DEFINE_string("workdir", "/tmp/out", "Where it writes.")
    flags.DEFINE_integer("seed", 0, "Of random numbers.")
    flags.mark_flags_as_required(["optimizer"])

    def main(argv):
        print("loss", FLAGS.seed * 0.5)

    app.run(main)
"""
FIRE = """
    import fire

    def train(steps, amp: bool, lr=0.1, widths=(3, 4), kind="mlp", sizes="3,4", cache=False, *, opt=None, seed=0):
        print("loss", seed * 0.5)

    if __name__ == "__main__":
        fire.Fire(train)
"""
FIRE_OF = {
    "a dictionary": """
        from fire import Fire
        def train(lr=0.1, seed=0): ...
        def evaluate(data="x"): ...
        Fire({"fit": train, "eval": evaluate})
        """,
    "nothing": """
        import fire
        def _helper(x): ...
        def train(lr=0.1, seed=0): ...
        fire.Fire()
        """,
    "a class": """
        import fire
        class Trainer:
            def __init__(self, lr=0.1): ...
            def fit(self, steps=3, seed=0): ...
        fire.Fire(Trainer)
        """,
    "what is made of a class": """
        import fire
        class Trainer:
            def __init__(self, lr=0.1): ...
            def fit(self, steps=3, seed=0): ...
        fire.Fire(Trainer())
        """,
}


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """The spec of a program; `expc check` finds nothing but what is still to be said."""

    def found(program: str, **vary: list[Any]) -> tuple[dict[str, Any], str]:
        (tmp_path / "train.py").write_text(textwrap.dedent(program))
        text = program_spec(tmp_path / "train.py", "train", tmp_path, vary).text
        (tmp_path / "spec.yaml").write_text(text)
        codes = [one.code for one in check_file(str(tmp_path / "spec.yaml"))]
        assert codes == ["E361"] * sum("CHANGE-ME" in line for line in text.splitlines())
        return YAML(typ="safe", pure=True).load(text), text

    return found


def given(program: str, command: str, params: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a program that holds its values in `given` makes of a trial's arguments."""
    words = arguments(shlex.split(command)[1:], {"params": params, "seed": 7}, {})
    monkeypatch.setattr("sys.argv", words)
    scope: dict[str, Any] = {}
    exec(textwrap.dedent(program), scope)
    return scope["given"]


OTHERS: list[Mapping[str, Any]] = [
    {"widths": [5], "betas": [1e-05, -2.0], "names": [], "drop": [1, -2], "tag": ["-x", ""], "k": [8], "files": []},
    {"widths": [1, 2, 3], "names": ["a b", "$HOME"], "drop": [], "tag": [], "k": [], "files": ["b c", "d"]},
]


@pytest.mark.parametrize("others", [{}, *OTHERS])
def test_argparse(read: Reading, monkeypatch: pytest.MonkeyPatch, others: Mapping[str, Any]) -> None:
    spec, text = read(ARGPARSE)
    params = {
        "task": "parity",
        "files": ["a"],
        "widths": [3, 4],
        "betas": [0.9, 0.999],
        "names": ["x"],
        "drop": [],
        "tag": [],
        "k": [],
        "views": ["rows"],
    }
    assert spec["params"] == params
    assert spec["task"]["command"] == (
        "python train.py {task} {files...} --random-seed={seed} --widths {widths...} --betas {betas...}"
        " --names {names...} {drop:--drop} {drop...} --tag={tag...} -k={k...} --views {views...}"
    )
    for words in (
        "# {widths...}: its argument is written once for each value of widths",
        "#   views: [[rows], [columns]]",
        "# skip: takes several values, and has no default; to set it, put a list under params, and --skip {skip...}",
        "# more: takes several values, and adds what is given to [y]; to set it, put a list under params, and --more",
        "# pair: takes several values each time that it is given; to set them, write them into the command",
    ):
        assert words in text
    params.update(others)
    found = vars(given(ARGPARSE, spec["task"]["command"], params, monkeypatch))
    files = params["files"] or ["a"]  # argparse can't be told that there are none
    assert found == {**params, "files": files, "random_seed": 7, "skip": None, "more": ["y"], "pair": None}


@pytest.mark.parametrize("others", [{}, {"width": [-1], "k": [5, 6], "betas": [1.0, 2.0], "pair": [2, "b c"]}])
def test_click(read: Reading, monkeypatch: pytest.MonkeyPatch, others: Mapping[str, Any]) -> None:
    spec, text = read(CLICK)
    params = {"width": [3, 4], "k": [1], "betas": [0.9, 0.999], "pair": [1, "a"]}
    assert spec["params"] == params
    assert spec["task"]["command"] == (
        "python train.py {args} --width={width...} -k{k...} --betas {betas...} --pair {pair...}"
    )
    assert (
        "# files: takes several values, and has no default; to set it, put a list under params, and {files...} " in text
    )
    assert "# groups: takes several values each time that it is given" in text
    found = given(CLICK, spec["task"]["command"], {**params, **others}, monkeypatch)
    assert {name: list(getattr(found, name)) for name in params} == {**params, **others}
    assert (found.tag, found.groups, found.files, found.seed) == ((), (), (), 7)


DEFAULTS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    (
        TYRO,
        "{args} --widths {widths...} --betas {betas...} --drop {drop...} --skip {skip...}",
        {"widths": [3, 4], "betas": [0.9, 0.999], "drop": [], "skip": []},
        ["--seed=7", "--widths", "3", "4", "--betas", "0.9", "0.999", "--drop", "--skip"],
    ),
    (
        TYRO.replace("import tyro", "import simple_parsing").replace("tyro.cli", "simple_parsing.parse"),
        "{args} --widths {widths...} --betas {betas...} --drop {drop...} --skip {skip...}",
        {"widths": [3, 4], "betas": [0.9, 0.999], "drop": [], "skip": []},
        ["--seed=7", "--widths", "3", "4", "--betas", "0.9", "0.999", "--drop", "--skip"],
    ),
    (
        TRANSFORMERS,
        "{args} --widths {widths...} {drop:--drop} {drop...}",
        {"widths": [3, 4], "drop": []},
        ["--seed=7", "--widths", "3", "4"],
    ),
    (PYRALLIS, "{args}", {"widths": [3, 4]}, ["--widths=[3, 4]", "--seed=7"]),
    (
        ABSL,
        "{args} --workdir=out --k={k...} --view={view...}",
        {
            "rule": "SGD",
            "lr": 0.1,
            "amp": False,
            "kind": "mlp",
            "widths": "3,4",
            "names": "a b",
            "k": [1, 2],
            "view": ["rows"],
            "steps": "CHANGE-ME",
            "optimizer": "CHANGE-ME",
        },
        ["--rule=SGD", "--lr=0.1", "--amp=false", "--kind=mlp", "--widths=3,4", "--names=a b", "--steps=CHANGE-ME",
         "--optimizer=CHANGE-ME", "--seed=7", "--workdir=out", "--k=1", "--k=2", "--view=rows"],
    ),
    (
        FIRE.replace('sizes="3,4"', 'sizes="small"').replace("amp: bool, ", ""),
        "{args} {cache:--cache=True|--cache=False}",
        {"steps": "CHANGE-ME", "lr": 0.1, "widths": [3, 4], "kind": "mlp", "sizes": "small", "cache": False},
        ["--steps=CHANGE-ME", "--lr=0.1", "--widths=[3, 4]", "--kind=mlp", "--sizes=small", "--seed=7",
         "--cache=False"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("program", "command", "params", "words"), DEFAULTS)
def test_programs_of_other_libraries(
    read: Reading, program: str, command: str, params: dict[str, Any], words: list[str]
) -> None:
    spec, _ = read(program)
    assert (spec["task"]["command"], spec["params"]) == (f"python train.py {command}", params)
    assert arguments(shlex.split(command), {"params": params, "seed": 7}, {}) == words
    assert spec["metrics"] == {"loss": {"goal": "minimize"}}


def test_what_absl_has_no_default_for_and_what_it_writes_are_no_parameters(read: Reading) -> None:
    spec, text = read(ABSL.replace("/tmp/out", "out"))
    assert (
        "# tag: takes several values, and has no default; to set it, put a list under params, and --tag={tag...}"
        in text
    )
    assert "# optimizer" not in text
    assert "# workdir: is what it writes; each trial starts in a folder of its own, so that the default will do" in text
    assert spec["params"].keys().isdisjoint(["tag", "workdir"])
    assert "#   rule: [SGD, ADAM]" in text
    assert re.search(r"kind: mlp +# The model\.: mlp \| cnn", text)


def test_what_fire_would_take_for_python_is_said_otherwise(read: Reading) -> None:
    spec, _ = read(FIRE)
    assert spec["task"]["command"] == (
        "python train.py --steps={steps} {amp:--amp=True|--amp=False} --lr={lr} --widths={widths} --kind={kind}"
        " --sizes='\"{sizes}\"' {cache:--cache=True|--cache=False} --seed={seed}"
    )
    assert spec["params"]["amp"] == "CHANGE-ME"
    params = {**spec["params"], "steps": 3, "amp": True}
    assert arguments(shlex.split(spec["task"]["command"])[2:], {"params": params, "seed": 7}, {}) == [
        "--steps=3", "--amp=True", "--lr=0.1", "--widths=[3, 4]", "--kind=mlp", '--sizes="3,4"', "--cache=False",
        "--seed=7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "command", "params"),
    [
        ("a dictionary", "fit {args}", {"lr": 0.1}),
        ("nothing", "train {args}", {"lr": 0.1}),
        ("a class", "fit {args}", {"lr": 0.1, "steps": 3}),
        ("what is made of a class", "fit {args}", {"steps": 3}),
    ],
)
def test_the_command_that_fire_starts_stands_before_its_arguments(
    read: Reading, what: str, command: str, params: dict[str, Any]
) -> None:
    spec, text = read(FIRE_OF[what])
    assert (spec["task"]["command"], spec["params"]) == (f"python train.py {command}", params)
    assert ("# it has several commands: fit, eval." in text) == (what == "a dictionary")


def test_who_imports_absl_or_fire_for_something_else_is_read_as_before(read: Reading) -> None:
    program = "from absl import logging\nimport fire\n" + textwrap.dedent(ARGPARSE).replace("DEFINE_", "")
    assert read(program)[0]["params"]["widths"] == [3, 4]
    assert (
        "Nothing says which parameters it takes" in read("import fire\nfire.Fire(lambda x: x)\nprint('loss', 0.5)")[1]
    )


def test_the_levels_of_an_option_that_takes_several_values_are_lists(read: Reading, tmp_path: Path) -> None:
    spec, _ = read(TYRO, widths=[[3, 4], [5]])
    assert (spec["factors"], spec["baseline"]) == ({"widths": [[3, 4], [5]]}, {"widths": "[3, 4]"})
    assert "widths" not in spec["params"]
    with pytest.raises(ExpcError, match=r"widths takes several values: its levels are lists, widths=\[1,2\],\[3\]"):
        program_spec(tmp_path / "train.py", "train", tmp_path, {"widths": [3, 4]})
