"""What a program takes on its command line, as values: the same for argparse, click, absl, Fire, Hydra, dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

SEEDS = re.compile(
    r"(random|rand|rng|prng|manual|global|torch|np|numpy)?[_.-]?(seed|random_state|random-state)", re.IGNORECASE
)
CHECKPOINTS = re.compile(r"(checkpoints?|ckpts?)[_-]?(dir|path|folder)?", re.IGNORECASE)
OUTPUTS = re.compile(
    r"(.*[_.-])?(out|outputs?|results?|logs?|save|export|runs?|work(?=[_.-]?dir))([_.-]?(dir|file|path|folder|to|name))?",
    re.IGNORECASE,
)
DATA = re.compile(
    r"(.*[_.-])?(data|file|filename|path|csv|tsv|jsonl?|npz|parquet|table|corpus|inputs?)"
    r"|(train|training|test|valid|validation|val|dev|data)[_.-]?(data|file|path|csv|set)",
    re.IGNORECASE,
)
OF_A_FILE = re.compile(r"\b(file|path|csv|tsv|jsonl?|npz|parquet)\b", re.IGNORECASE)
FOLDER = re.compile(r"(.*[_.-])?(dir|directory|folder|root)|.*\b(folder|directory)\b.*", re.IGNORECASE)
SPEECH = re.compile(r"(no[-_])?(verbose|quiet|silent|debug|progress|progress[-_]bar|dry[-_]run)", re.IGNORECASE)
"""Switches of what a program says, which change nothing that it finds."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Option:
    """One thing that can be given. `form` is how, with `{}` for the value: `--lr={}`, `lr={}`, `-l {}`, or `{}`. Of one
    that takes several values, `--widths {}` has it once and `--width={}` for each of them."""

    name: str
    form: str
    default: Any = None
    type: str = ""
    """int, float, str, bool, group; "" if the program doesn't say."""
    choices: tuple[Any, ...] = ()
    help: str = ""
    required: bool = False
    takes: Literal["a value", "no value", "several values", "groups of values"] = "a value"
    on: str = ""
    """What switches it on, where `--amp=true` doesn't: `--amp`."""
    off: str = ""
    """What switches it off: `--no-amp`."""
    dest: str = ""
    """What the program calls it."""
    is_path: bool = False
    """Whether the program says that it is one."""
    needs_one: bool = False
    """Whether `--widths`, of several values, can't stand without any."""
    adds: bool = False
    """Whether values that are given are added to the default."""
    kept: str = ""
    """Where it writes in a trial, if its default lies elsewhere than in the folder in which it starts."""

    @property
    def is_switch(self) -> bool:
        """Whether the command must say otherwise that it is true or false, and both can be said."""
        if self.type == "bool" and self.takes == "a value" and self.required and self.default is None:
            return bool(self.on and self.off)
        return isinstance(self.default, bool) and bool(self.on if self.default is False else self.off)

    @property
    def is_list(self) -> bool:
        """Whether it takes several values, and a list in the spec can say which."""
        if self.takes != "several values" or (self.adds and self.default):
            return False
        return self.default is None or (isinstance(self.default, list | tuple) and all(map(_is_plain, self.default)))

    @property
    def is_speech(self) -> bool:
        return self.takes == "no value" and SPEECH.fullmatch(self.name) is not None

    def filled(self, placeholder: str) -> str:
        """What stands in a command for it."""
        if self.is_switch:
            return f"{{{placeholder}:{'|'.join(filter(None, (self.on, self.off))) if self.on else '|' + self.off}}}"
        if self.takes == "several values":
            word, blank, value = self.form.partition(" ")
            if blank and self.needs_one and self.default in ([], ()):  # which stands for the option not being there
                word = f"{{{placeholder}:{word}}}"
            return f"{word}{blank}{value}".replace("{}", f"{{{placeholder}...}}")
        return self.form.replace("{}", f"{{{placeholder}}}")

    @property
    def is_seed(self) -> bool:
        return self.takes == "a value" and SEEDS.fullmatch(self.name) is not None

    @property
    def is_checkpoint(self) -> bool:
        return self.type in ("str", "") and CHECKPOINTS.fullmatch(self.name) is not None

    @property
    def is_output(self) -> bool:
        """Whether it names what the program writes, by its name: that is no parameter of an experiment."""
        return self.type in ("str", "") and not self.choices and OUTPUTS.fullmatch(self.name) is not None

    @property
    def strays(self) -> bool:
        """Whether it is what the program writes, and all trials would write it to one and the same place."""
        there = self.default if isinstance(self.default, str) else ""
        return self.is_output and self.takes == "a value" and there.startswith(("/", "~", "../"))

    @property
    def is_data(self) -> bool:
        """Whether it names a file that the program reads, by its type, its name or what is said of it."""
        if self.type not in ("str", "") or self.choices or self.takes != "a value" or self.is_output:
            return False
        if FOLDER.fullmatch(self.name) or FOLDER.fullmatch(self.help):
            return False
        return self.is_path or DATA.fullmatch(self.name) is not None or OF_A_FILE.search(self.help) is not None

    @property
    def is_group(self) -> bool:
        """Whether it chooses one of several configuration files, which set further options."""
        return self.type == "group" and len(self.choices) > 1

    @property
    def is_nameable(self) -> bool:
        return NAME.fullmatch(self.name) is not None


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


@dataclass(frozen=True)
class CommandLine:
    """What reads the command line (`argparse`), the options, and what a person should know besides."""

    reader: str
    options: tuple[Option, ...]
    notes: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """Arguments that every trial gets."""
    files: tuple[str, ...] = ()
    """Patterns of files that it reads its configuration from, relative to the program."""

    @property
    def seed(self) -> Option | None:
        return next((option for option in self.options if option.is_seed), None)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What the program calls an option -> its default."""
        return {option.dest or option.name: option.default for option in self.options}
