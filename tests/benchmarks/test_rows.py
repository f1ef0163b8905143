"""The benchmarks' set-ups are valid: every row can be measured, at a tiny size."""

import json
import re

import pytest

from benchmarks import compiling, dry_running, many_trials, short_trials, starting, work
from benchmarks.baselines.bare_loop import parameters
from benchmarks.specs import grid
from benchmarks.timing import run


def test_the_bare_loop_makes_the_parameters_that_the_compiler_makes(tmp_path):
    (tmp_path / "spec.yaml").write_text(grid("grid", 2, 2, 3))
    run(["expc", "compile", "spec.yaml"], tmp_path)
    (plan,) = tmp_path.glob("workflow/plans/*.jsonl")
    trials = [json.loads(line) for line in plan.read_text().splitlines()[1:]]
    compiled = [(trial["params"], trial["seed"]) for trial in trials]
    assert sorted(map(text, compiled)) == sorted(map(text, parameters(2, 2, 3)))


def text(trial):
    return json.dumps(trial, sort_keys=True)


@pytest.mark.slow
def test_compiling_and_starting_can_be_measured(tmp_path):
    found = [*compiling.measure(tmp_path, rounds=1, sizes=((2, 2, 2),)), *starting.measure(tmp_path, rounds=1)]
    assert [(one.what, one.unit, one.reach) for one in found] == [
        ("`expc compile`, 8 trials (4 conditions × 2 seeds)", "×", 4.0),
        ("`expc compile`, 8 trials (4 conditions × 2 seeds): peak memory", " MB", 400.0),
        ("`expc --help`, CPU time", "×", 0.35),
        ("`expc check` of an example, CPU time", "×", 0.6),
    ]
    assert all(one.value > 0 for one in found)


@pytest.mark.slow
def test_a_dry_run_and_one_by_hand_are_of_the_same_trials(tmp_path):
    found = dry_running.measure(tmp_path, rounds=1, size=(2, 1, 2))
    assert [one.what for one in found] == [f"`snakemake -n`, 4 trials {packing}" for packing in dry_running.PACKINGS]
    jobs = r"^(all|table|train|total) +(\d+)$"
    by_hand = (tmp_path / "by-hand" / "output.log").read_text()
    assert set(re.findall(jobs, by_hand, re.MULTILINE)) == {
        ("all", "1"), ("table", "1"), ("train", "4"), ("total", "6"),
    }  # fmt: skip
    for packing in dry_running.PACKINGS:
        assert "train in grid, 4 trials: " in (tmp_path / packing / "output.log").read_text()


@pytest.mark.slow
def test_a_trial_has_the_same_loss_however_it_is_started(tmp_path):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="make bench installs Hydra's launcher")
    steps = 3
    cost = short_trials.ours(tmp_path / "ours", 2, 1, steps)
    assert 0 < many_trials.training(tmp_path / "ours") < cost.wall
    short_trials.xargs(tmp_path / "xargs", 2, 1, steps)
    short_trials.multirun(tmp_path / "hydra", 2, 1, steps)
    found = [
        sorted(json.loads(path.read_text())["value"] for path in tmp_path.glob(f"{folders}/metrics.jsonl"))
        for folders in ("ours/results/trials/*", "xargs/*", "hydra/trials/*")
    ]
    assert len(found[0]) == 2
    assert found == [found[0]] * 3


@pytest.mark.slow
def test_the_work_alone_is_done_by_two_processes(tmp_path):
    alone = work.bare_work(tmp_path, 20, 200)
    assert alone.wall * 2.2 > alone.cpu > 0
