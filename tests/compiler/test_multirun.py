"""Commands of own programs in, what in them would let Hydra sweep within a trial out."""

from __future__ import annotations

from pathlib import Path

import pytest

from expc.compiler.check import check_file

HYDRA = "import hydra\n"
PLAIN = "import argparse  # not hydra\n"


@pytest.mark.parametrize(
    ("command", "code", "found"),
    [
        ("python train.py -m {args}", HYDRA, ["-m"]),
        ("python train.py -m {args:hydra}", PLAIN, ["-m"]),
        ("python train.py {args:hydra} -m", PLAIN, ["-m"]),
        ("python train.py -m +new=1 ~old {args:hydra}", PLAIN, ["-m"]),
        ("python train.py -m db=mysql {args:hydra}", PLAIN, ["-m"]),
        ("python -m train -m {args:hydra}", PLAIN, ["-m"]),
        ("python train.py --multirun {args}", PLAIN, ["--multirun"]),
        ("python train.py --mult {args}", "from hydra import main\n", ["--mult"]),
        ("python train.py hydra.mode=MULTIRUN {args}", PLAIN, ["hydra.mode=MULTIRUN"]),
        ("python -m train {args:hydra}", HYDRA, []),
        ("python -u -m train {args:hydra}", HYDRA, []),
        ("python -m torch.distributed.run -m train {args:hydra}", HYDRA, []),
        ("python train.py -m {args}", PLAIN, []),
        ("python train.py -m resnet {args}", PLAIN, []),
        ("python train.py --model resnet --multi {args}", PLAIN, []),
        ("python train.py hydra.mode=RUN {args:hydra}", HYDRA, []),
    ],
)
def test_what_lets_hydra_sweep_is_found_and_no_other_m(
    tmp_path: Path, command: str, code: str, found: list[str]
) -> None:
    (tmp_path / "train.py").write_text(code)
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        f"expc: 1\nname: own\ntask: {{command: '{command}', code: {{path: .}}}}\n"
        "params: {rate: 0.1}\nmetrics: {score: {goal: maximize}}\n"
    )
    errors = [finding for finding in check_file(str(spec)) if finding.is_error]
    assert [(error.code, error.message.split(" lets ")[0]) for error in errors] == [("E380", word) for word in found]
