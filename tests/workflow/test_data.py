"""Data that lie here and data from a hub in, by which rule of the workflow each is prepared out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SPEC = """
expc: 1
name: two-places
task: text-classification
data:
  here: {source: csv, file: here.csv, columns: {text: text, label: label}}
  hub: {source: huggingface, name: someone/reviews, revision: 8d51e7e4887a4caaa95b3fbebbf53c0490b58bbb}
factors: {dataset: [here, hub]}
baseline: {dataset: here}
metrics: [accuracy]
"""


@pytest.mark.slow
def test_what_a_hub_has_is_fetched_where_snakemake_runs_and_what_is_here_may_go_into_a_job(tmp_path: Path, project_in):
    (tmp_path / "here.csv").write_text("text,label\n" + "".join(f"word{n},{n % 2}\n" for n in range(40)))
    (tmp_path / "spec.yaml").write_text(SPEC)
    project = project_in(tmp_path)
    project.compile("spec.yaml")
    here, hub = (line["data"] for line in project.lines("two-places")[1:])
    said = project.snakemake("-n")
    assert f"Prepare the data {here}" in said
    assert f"Fetch and prepare the data {hub}" in said
    assert set(re.findall(r"^(\w*data) +(\d)$", said, re.MULTILINE)) == {("data", "1"), ("fetched_data", "1")}
