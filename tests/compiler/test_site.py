"""Site files in, the cluster and the profile that they come to out, or what is wrong with them and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expc.compiler.build import build
from expc.compiler.reading.site import Site, load_site
from expc.compiler.writing.chosen import SiteGoneError, chosen_site
from expc.compiler.writing.profile import profile
from expc.compiler.writing.write import OverwriteError, outdated, workflow_files, write
from expc.errors import SpecError

SITES = Path(__file__).parents[2] / "hpc" / "sites"
LAB = """\
site: 1
name: lab
partitions:
  main: {time: 1-00:00:00, gpus: 2}
  gpu: {time: 30m, cpus: 8, memory: 4000MiB, gpus: {a100: 4}, account: ml-gpu}
jobs: {target: 30m}
"""


def written(folder: Path, text: str) -> str:
    path = folder / "lab.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def site(folder: Path, text: str = LAB) -> Site:
    return load_site(written(folder, text), folder)


def test_a_site_has_its_partitions_in_order_and_the_defaults_of_the_schema(tmp_path: Path) -> None:
    found = site(tmp_path)
    assert found.values == {
        "site": 1,
        "file": "lab.yaml",
        "name": "lab",
        "status": "squeue",
        "prepare": "here",
        "jobs": {"most": 100, "submit": 5, "target": 1800, "shortest": 600, "check": 20},
        "partitions": [
            {"name": "main", "time": 86_400, "gpus": {"": 2}, "nodes": 1, "preemptible": False},
            {
                "name": "gpu",
                "time": 1_800,
                "cpus": 8,
                "memory": 4000,
                "gpus": {"a100": 4},
                "account": "ml-gpu",
                "nodes": 1,
                "preemptible": False,
            },
        ],
    }
    assert json.loads(found.text()) == found.values


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1, "E107"), "the file is empty"),
        ("site: 2\nname: a\npartitions: {m: {time: 1h}}\n", (1, 7, "E204"), "expected 1"),
        ("site: 1\nname: a\n", (1, 1, "E202"), "missing key 'partitions'"),
        ("site: 1\nname: a\npartitions: {}\n", (3, 13, "E205"), "at least 1 entry"),
        ("site: 1\nname: a\npartitions: {m: {}}\n", (3, 14, "E202"), "partitions.m: missing key 'time'"),
        ("site: 1\nname: a\npartitions: {m: {time: 60}}\n", (3, 24, "E203"), "expected a duration"),
        ("site: 1\nname: a\npartitions: {m: {time: 1h, mem: 4}}\n", (3, 28, "E201"), "unknown key 'mem'"),
        ("site: 1\nname: a\npartitions: {m: {time: 1h, gpus: {a100: 0}}}\n", (3, 41, "E205"), "at least 1"),
        ("site: 1\nname: a\npartitions: {a b: {time: 1h}}\n", (3, 14, "E206"), "found the key 'a b'"),
        ("site: 1\nname: a\njobs: {most: 0}\npartitions: {m: {time: 1h}}\n", (3, 14, "E205"), "at least 1"),
        ("site: 1\nname: a\nname: b\npartitions: {m: {time: 1h}}\n", (3, 1, "E104"), "repeated key"),
    ],
)
def test_what_is_wrong_with_a_site_file_is_said_with_its_place(
    text: str, place: tuple[int, int, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        site(tmp_path, text)
    (found,) = caught.value.diagnostics
    assert (found.line, found.column, found.code) == place
    assert words in found.message
    assert "a spec" not in f"{found.message} {found.hint}"


@pytest.mark.parametrize("printed", ["30:00", "infinite"])
def test_a_limit_as_sinfo_prints_it_is_refused_with_what_to_write_for_it(printed: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        site(tmp_path, f"site: 1\nname: a\npartitions: {{m: {{time: {printed}}}}}\n")
    assert "sinfo prints as 30:00 is 30m, and for its infinite write" in str(caught.value.diagnostics[0].hint)


CONSTRAINTS = [
    "haswell",
    "ib,haswell",
    "!rome",
    "haswell&!(a|b)",
    "(haswell&ib)|rome",
    "(haswell|ib)*2",
    "[rack1|rack2]&ib",
    "[(a|b)*2]",
    "[(knl&snc4&flat)*4&haswell*1]",
    "GPU_SKU:V100_PCIE|GPU_MEM:16GB",
]


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_constraint_is_what_sbatch_takes_for_one(constraint: str, tmp_path: Path) -> None:
    found = site(tmp_path, f"site: 1\nname: a\npartitions: {{m: {{time: 1h, constraint: '{constraint}'}}}}\n")
    assert found.values["partitions"][0]["constraint"] == constraint


@pytest.mark.parametrize(
    "constraint", ["ib&", "ib && haswell", "ib|", "a&(b", "a&b)", "[a*2&b*1", "(a[b)]]", "ib*", "$ib"]
)
def test_a_constraint_that_ends_too_early_or_has_other_signs_is_refused(constraint: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        site(tmp_path, f"site: 1\nname: a\npartitions: {{m: {{time: 1h, constraint: '{constraint}'}}}}\n")
    (found,) = caught.value.diagnostics
    assert (found.line, found.column) == (3, 40)
    assert found.hint == "write features of nodes, with `&` and `|` between them, and what is opened is closed"


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_site_file_that_ships_is_one_and_is_called_as_it_says(path: Path) -> None:
    assert load_site(str(path), SITES).name == path.stem


def test_there_is_a_site_file_for_each_of_three_kinds_of_cluster() -> None:
    assert {path.stem for path in SITES.glob("*.yaml")} == {"lab", "national", "university"}


def test_the_profile_says_how_many_jobs_there_are_and_where_they_go(tmp_path: Path) -> None:
    text = profile(site(tmp_path), ["sst2"])
    settings = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert {name: json.loads(value) for name, value in settings.items()} == {
        "executor": "slurm",
        "config": ["site=workflow/site.json"],
        "jobs": 100,
        "max-jobs-per-timespan": "5/1s",
        "local-cores": 1,
        "keep-going": True,
        "retries": 3,
        "scheduler": "greedy",
        "rerun-triggers": ["mtime", "params", "code"],
        "rerun-incomplete": True,
        "nolock": True,
        "latency-wait": 60,
        "show-failed-logs": True,
        "slurm-status-command": "squeue",
        "slurm-init-seconds-before-status-checks": 20,
        "slurm-delete-logfiles-older-than": 0,
        "slurm-jobname-prefix": "sst2",
        "default-resources": ['slurm_partition="main"', "mem_mb=2048", "runtime=60"],
    }


@pytest.mark.parametrize(
    ("experiments", "prefix"),
    [(["sst2"], "sst2"), (["a" * 60], "a" * 50), (["sst2", "mr"], "expc")],
)
def test_jobs_are_named_after_the_experiment_if_there_is_one(
    experiments: list[str], prefix: str, tmp_path: Path
) -> None:
    assert f'slurm-jobname-prefix: "{prefix}"\n' in profile(site(tmp_path), experiments)


def test_the_site_of_the_last_time_is_read_again_until_another_or_none_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, LAB)
    assert chosen_site(None, tmp_path) is None
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "site.json").write_bytes(load_site(path, tmp_path).text())
    written(tmp_path, LAB.replace("name: lab", "name: changed"))
    kept = chosen_site(None, tmp_path)
    assert kept is not None and kept.name == "changed"
    assert chosen_site(None, tmp_path, none=True) is None
    Path(path).unlink()
    with pytest.raises(SiteGoneError, match=r"E509 .* lab\.yaml, which isn't there .*\n.*--site, .*--no-site"):
        chosen_site(None, tmp_path)
    (tmp_path / "workflow" / "site.json").write_text('{"fi')
    with pytest.raises(SiteGoneError, match=r"E509 .*workflow/site\.json:1:2 is damaged"):
        chosen_site(None, tmp_path)


def test_prices_are_handed_on_as_they_are_written(tmp_path: Path) -> None:
    priced = "currency: EUR\n" + LAB.replace("account: ml-gpu}", "gpu_hour: 1.8, cpu_hour: 0.02}")
    found = site(tmp_path, priced).values
    gpu = found["partitions"][1]
    assert (found["currency"], gpu["gpu_hour"], gpu["cpu_hour"]) == ("EUR", 1.8, 0.02)
    with pytest.raises(SpecError, match="gpu_hour"):
        site(tmp_path, priced.replace("1.8", "-1"))


OWN = """\
expc: 1
name: own
task: {command: "sort {args}"}
metrics: {score: {goal: maximize}}
"""
FILES = ["profiles/slurm/profile.yaml", "site.json"]


def test_the_files_of_a_site_are_current_kept_from_overwriting_and_dropped_as_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(OWN)
    experiments, _ = build(["spec.yaml"], Path())
    with_site = workflow_files(experiments, Path(), site(Path()))
    without = workflow_files(experiments, Path())
    assert sorted(set(with_site) - set(without)) == FILES
    write(with_site, Path())
    assert outdated(with_site, Path()) == []
    changed = workflow_files(experiments, Path(), site(Path(), LAB.replace("target: 30m", "target: 40m")))
    assert outdated(changed, Path()) == ["site.json"]
    edited = Path("workflow/profiles/slurm/profile.yaml")
    edited.write_text("jobs: 1000\n")
    with pytest.raises(OverwriteError, match=r"workflow/profiles/slurm/profile\.yaml"):
        write(with_site, Path())
    edited.write_bytes(with_site[FILES[0]])
    write(without, Path())
    assert [path for path in FILES if Path("workflow", path).exists()] == []
