"""What a failed trial said in, what its author may do about it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.cli.watching.advice import ON_TORN, advice

PATTERN = "what it prints can be read, too: `results: {pattern: {accuracy: 'accuracy: ([-+0-9.e]+)'}}` under `task`"
INPUT = (
    "one.csv lies beside the spec, and trials start in a copy of the code alone: make it an input, `inputs: {one:"
    " {file: one.csv}}` and {input.one} in the command; or a part of the program, `code: {include: [one.csv, …]}`"
    " under `task`, with all of its files"
)
FOLDER = INPUT.replace("one.csv", "nets").replace("{one:", "{nets:").replace("input.one", "input.nets")
HOME = (
    "~ is an empty folder for a trial, so that ~/data/x.pkl isn't there: name what it reads under `inputs: {NAME:"
    " {file: …}}` (or `path`, for a folder), and hand it over as {input.NAME} in the command"
)
NETWORK = (
    "trials have no network: let expc fetch what it downloads, `inputs: {NAME: {url: …, sha256: …}}` and {input.NAME}"
    " in the command; or allow it, `environment: {network: host}`"
)
MODULE = (
    "models.py lies beside the spec, but is no part of the program: add it, `code: {include: [models.py, …]}` under"
    " `task`, with all of its files"
)
SEED = (
    "the program doesn't take --seed, as which {args} hands the seed on: write each parameter and the seed into the"
    " command as the program calls them, as in `--lr={lr} --random-seed={seed}`, in place of {args}"
)
AMP = "--amp takes no value: write {amp:--amp} into the command: --amp where amp is true, nothing where it is false"
NO_AMP = (
    "--amp takes no value: write {amp:--amp|--no-amp} into the command: --amp where amp is true, --no-amp where it is"
    " false"
)
LAYERS = (
    "--layers takes the values of a list one by one: write --layers {layers...} into the command, or"
    " --layers={layers...} if it is given once for each of them"
)
SIZE = "--size takes the values of a list one by one: write --size {size...} into the command"
ALONE = (
    "--layers stands alone where layers is an empty list, or null: {layers:--layers} {layers...} in the command leaves"
    " it out with them"
)
REPEATED = (
    "--layers {layers...} puts all values behind one --layers: write --layers={layers...} if the program takes one for"
    " each"
)
GIVEN = "task: {command: python train.py {args} --layers {layers...}}"


@pytest.mark.parametrize(
    ("log", "spec", "said"),
    [
        ("usage: t [--layers N [N ...]]\nt: error: argument --layers: invalid int value: '[128, 64]'\n", "", LAYERS),
        ("t: error: argument -l/--layers: invalid choice: '[\"a\"]' (choose from 'a', 'b')\n", "", LAYERS),
        ("Error: Invalid value for '--layers': '[1, 2]' is not a valid integer.\n", "", LAYERS),
        ("Error: Invalid value for '-l' / '--layers': '[]' is not a valid integer.\n", "", LAYERS),
        ("│ Error parsing --layers: Could not find valid parse for arguments: ['[1, 2]'] │\n", "", LAYERS),
        ("FATAL Flags parsing error: flag --layers=[1, 2]: invalid literal for int() with base 10\n", "", LAYERS),
        ("t: error: argument --size: expected 2 arguments\n", "", SIZE),
        ("Error: Option '--size' requires 2 arguments.\n", "", SIZE),
        ("│ Missing value for argument '--size'. Expected 2 values. │\n", "", SIZE),
        ("t: error: argument --layers: expected at least one argument\n", GIVEN, ALONE),
        ("Error: Option '--layers' requires an argument.\n", GIVEN, ALONE),
        ("t: error: argument --layers: expected at least one argument\n", "", ""),
        ("t: error: unrecognized arguments: 64\n", GIVEN, REPEATED),
        ("Error: Got unexpected extra argument (64)\n", GIVEN, REPEATED),
        ("t: error: unrecognized arguments: 64\n", "", ""),
        ("t: error: argument --layers: invalid int value: '1.5'\n", "", ""),
    ],
)  # fmt: skip
def test_a_list_that_a_program_takes_otherwise_is_said_to_be_handed_over_so(
    tmp_path: Path, log: str, spec: str, said: str
) -> None:
    """The lines are those of argparse (3.11), click 8.5, tyro 1.0 and absl 2.5, of programs that were run."""
    (tmp_path / "spec.yaml").write_text(spec)
    (tmp_path / "log.txt").write_text(log)
    assert advice("code", "exit status 2", tmp_path / "log.txt", [tmp_path / "spec.yaml"], "none") == said


@pytest.mark.parametrize(
    ("kind", "detail", "log", "said"),
    [
        ("code", "FileNotFoundError: [Errno 2] No such file or directory: 'one.csv'", "", INPUT),
        ("code", "exit status 1", "cat: one.csv: No such file or directory\n", INPUT),
        ("code", "exit status 2", 'awk: cannot open "one.csv" (No such file or directory)\n', INPUT),
        ("code", "exit status 1", "OSError: one.csv not found\nFileNotFoundError: one.csv not found.\n", INPUT),
        ("code", "No such file or directory: '/p/results/trials/1f/work/one.csv'", "", INPUT),
        (
            "code",
            "FileNotFoundError: [Errno 2] No such file or directory: 'nets'",
            "",
            FOLDER.replace("{file: nets}", "{path: nets}").replace("[nets, …]", "[nets/**, …]"),
        ),
        ("code", "No such file or directory: '/tmp/expc-ljlpq_g_/2/data/x.pkl'", "", HOME),
        ("code", "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "", NETWORK),
        ("code", "exit status 6", "curl: (6) Could not resolve host: example.org\n", NETWORK),
        (
            "code",
            "question 2: asked 6 times, and at last InternalServerError: OpenAIException - Connection error.; the …",
            "",
            "no server answers: does the one at `api_base` run (without it: can the model's provider be reached)? What"
            " was answered is kept, and `expc retry` asks for the rest",
        ),
        ("code", "No such file or directory: 'two.csv'", "", ""),
        ("code", "No such file or directory: '/etc/one.csv'", "", ""),
        ("code", "ModuleNotFoundError: No module named 'models'", "", MODULE),
        (
            "code",
            "ModuleNotFoundError: No module named 'nets.small'",
            "",
            MODULE.replace("models.py", "nets/__init__.py", 1),
        ),
        ("code", "ModuleNotFoundError: No module named 'torch'", "", ""),
        ("code", "exit status 2", "train.py: error: unrecognized arguments: --lr=0.1 --seed=0\n", SEED),
        ("code", "exit status 2", "Error: No such option: --seed\n", SEED),
        ("code", "exit status 1", "FATAL Flags parsing error: Unknown command line flag 'seed'\nPass --help …", SEED),
        ("code", "exit status 2", "ERROR: Could not consume arg: --seed=0\nUsage: train.py -\n", SEED),
        ("code", "exit status 2", "ERROR: Cannot find key: --seed=0\nUsage: train.py - <value>\n", SEED),
        ("code", "exit status 2", "t: error: argument --amp: ignored explicit argument 'true'\n", AMP),
        ("code", "exit status 2", "t: error: argument -a/--amp: ignored explicit argument 'false'\n", AMP),
        ("code", "exit status 2", "t: error: argument --amp/--no-amp: ignored explicit argument 'true'\n", NO_AMP),
        ("code", "exit status 2", "Error: Option '--amp' does not take a value.\n", AMP),
        ("code", "exit status 2", "train.py: error: unrecognized arguments: --seed-size=0\n", ""),
        (
            "code",
            "exit status 2",
            "usage: train.py [--lr LR] [--batch-size N]\nerror: unrecognized arguments: --x=1 --batch_size=16\n",
            "the program calls it --batch-size: name the parameter batch-size in the spec",
        ),
        (
            "code",
            "exit status 2",
            "Error: No such option: --batch_size Did you mean --batch-size?\n",
            "the program calls it --batch-size: name the parameter batch-size in the spec",
        ),
        ("code", "exit status 2", "usage: train.py [--lr LR]\ntrain.py: error: unrecognized arguments: --x=1\n", ""),
        ("code", "RuntimeError: PytorchStreamReader failed reading zip archive: failed finding …", "", ON_TORN),
        ("code", "exit status 1", "zipfile.BadZipFile: File is not a zip file\n", ON_TORN),
        ("time", "No such file or directory: 'one.csv'", "", ""),
        ("metrics", "the program ended without its results file metrics.json", "", PATTERN),
        (
            "metrics",
            "the program measured nothing: no line of log.txt fits the pattern of loss",
            "",
            "compare the pattern with what the program prints: its group must fit the number, on one line; mend it, and"
            " `expc run` reads what was printed again, and starts no program",
        ),
    ],
)
def test_what_lies_beside_the_spec_is_pointed_to(tmp_path: Path, kind: str, detail: str, log: str, said: str) -> None:
    (tmp_path / "nets").mkdir()
    for name in ("one.csv", "models.py", "nets/__init__.py"):
        (tmp_path / name).touch()
    (tmp_path / "log.txt").write_text(log)
    found = advice(
        kind, detail, tmp_path / "log.txt", [tmp_path / "gone" / "spec.yaml", tmp_path / "spec.yaml"], "none"
    )
    assert found == said.replace("[models.py", "[nets/**" if "nets.small" in detail else "[models.py")


@pytest.mark.parametrize(("network", "said"), [("none", NETWORK), ("open", ""), ("host", ""), ("", "")])
def test_that_there_is_no_network_is_said_only_where_there_was_none(tmp_path: Path, network: str, said: str) -> None:
    detail = "torch.distributed.DistNetworkError: getaddrinfo: Name or service not known: node17"
    assert advice("code", detail, tmp_path / "log.txt", [tmp_path / "spec.yaml"], network) == said


def test_a_metric_that_the_program_calls_otherwise_is_named(tmp_path: Path) -> None:
    asked, log = "metrics: the spec asks for acc, and it measured", tmp_path / "log.txt"
    named = "under `metrics` stand the names that the program gives its numbers: accuracy"
    assert advice("metrics", f"{asked} accuracy", log, [], "none") == named
    assert advice("metrics", f"{asked} nothing", log, [], "none") == PATTERN


def test_a_checkpoint_that_git_lfs_keeps_is_to_be_fetched(tmp_path: Path) -> None:
    """The lines are those of torch 2.13 and of pickle, of such a file."""
    log = tmp_path / "log.txt"
    for said in ("WeightsUnpickler error: Unsupported operand 118", "_pickle.UnpicklingError: invalid load key, 'v'."):
        log.write_text(f"{said}\n")
        assert advice("code", "it ended with 1", log, [], "none").startswith("a file that it loads begins as a pointer")
    log.write_text("WeightsUnpickler error: Unsupported operand 1180\n")
    assert not advice("code", "it ended with 1", log, [], "none")
