"""What a rehearsal left in, the lines that `expc try` prints out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from expc.cli.watching.tried import Tried, as_json, as_lines, differing_json
from expc.report.rehearsed import Seen
from expc.report.repeated import Differs


def lines(name: str, seen: Sequence[Seen], spec: Path, said: Callable[[str], str] = str) -> list[str]:
    return list(as_lines(Tried(name, spec, seen, ()), said))


def test_what_breaks_in_the_same_way_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("one\ntwo\n")
    broken = [Seen("train", {"lr": str(lr)}, "broken", "code: KeyError: 'x'", log, "code") for lr in range(10)]
    other = Seen("train", {"lr": "10"}, "broken", "code: KeyError: 'y'", log, "code")
    fine = Seen("train", {"lr": "11"}, "ok", "0.1 s", log)
    assert lines("toy", [*broken[:2], fine, other, *broken[2:]], tmp_path / "spec.yaml") == [
        "toy: 12 conditions, 11 would break",
        "  broken     train  10 conditions  (code: KeyError: 'x')",
        *(f"      lr={lr}" for lr in range(8)),
        "      and 2 more",
        "      | one",
        "      | two",
        f"      {log}",
        "  ok         train  lr=11  (0.1 s)",
        "  broken     train  lr=10  (code: KeyError: 'y')",
        "      | one",
        "      | two",
        f"      {log}",
    ]


def test_what_to_do_stands_below_the_log(tmp_path: Path) -> None:
    (tmp_path / "words.txt").touch()
    words = "code: No such file or directory: 'words.txt'"
    found = lines("toy", [Seen("train", {}, "broken", words, tmp_path / "log.txt", "code")], tmp_path / "s.yaml")
    assert found[1] == f"  broken     train  one condition  ({words})"
    assert found[-1].startswith("      words.txt lies beside the spec, and trials start in a copy of the code alone")


def test_a_long_traceback_is_cut_below_the_last_place_in_the_user_s_own_code(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    frames = [f'  File "/lib/{n}.py", line {n}\n    deeper({n})' for n in range(6)]
    own = '  File "/copy/mine.py", line 7\n    go()'
    log.write_text("\n".join(["Traceback:", own, *frames, "KeyError: 'x'"]))
    seen = [Seen("train", {}, "broken", "code: KeyError: 'x' in /copy/mine.py", log, "code")]
    found = lines("toy", seen, tmp_path / "spec.yaml", lambda text: text.replace("/copy/", "../"))
    assert found[1:] == [
        "  broken     train  one condition  (code: KeyError: 'x' in ../mine.py)",
        '      |   File "../mine.py", line 7',
        "      |     go()",
        "      |   …",
        *(f"      | {line}" for line in "\n".join([*frames[4:], "KeyError: 'x'"]).split("\n")),
        f"      {log}",
    ]


def test_what_breaks_alike_but_for_its_numbers_is_told_once(tmp_path: Path) -> None:
    log, refused = tmp_path / "log.txt", "code: error: unrecognized arguments: --batch_size"
    broken = [Seen("train", {"batch_size": str(n)}, "broken", f"{refused}={n}", log, "code") for n in (16, 64)]
    assert lines("toy", broken, tmp_path / "spec.yaml") == [
        "toy: 2 conditions, 2 would break",
        f"  broken     train  2 conditions  ({refused}=16)",
        "      batch_size=16",
        "      batch_size=64",
        f"      {log}",
    ]


def test_a_program_is_told_the_same_condition_by_condition(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("one\nin /copy/mine.py\n")
    words = "code: KeyError: 'x' in /copy/mine.py"
    seen = [
        Seen("train", {"lr": "1"}, "broken", words, log, "code"),
        Seen("train", {"lr": "2"}, "ok", "0.1 s", log),
    ]
    tried = Tried("toy", tmp_path / "spec.yaml", seen, [("train", "lr")])
    common = {"stage": "train"}
    assert as_json(tried, lambda text: text.replace("/copy/", "../")) == {
        "name": "toy",
        "conditions": [
            common
            | {
                "condition": {"lr": "1"},
                "state": "broken",
                "words": words.replace("/copy/", "../"),
                "kind": "code",
                "log": str(log),
                "tail": ["one", "in ../mine.py"],
                "hint": "",
            },
            common
            | {
                "condition": {"lr": "2"},
                "state": "ok",
                "words": "0.1 s",
                "kind": None,
                "log": None,
                "tail": [],
                "hint": "",
            },
        ],
        "unmoved": [{"stage": "train", "factor": "lr"}],
    }
    assert differing_json([Differs("train", {"lr": "1"}, 0, ("m: 1, and then 2 (1 apart)",))], str) == [
        {"stage": "train", "condition": {"lr": "1"}, "seed": 0, "words": ["m: 1, and then 2 (1 apart)"]}
    ]
