"""A plan and what its trials have left in, the batches of a workflow out."""

from expc.runner import batches


def test_a_stage_may_be_called_nearly_as_evaluations_are(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    project.path = "workflow/plans/toy.d1.jsonl"
    (project.folder / "workflow/plans").mkdir(parents=True)
    below = project.trial("t2", stage="last", **{"from": {"init": ["t1", "checkpoints/last.pt"]}})
    stages = {"evaluate-first": {}, "last": {"takes_from": ["evaluate-first"]}}
    project.plan(project.trial("t1", stage="evaluate-first"), below, stages=stages)
    found = batches.state("toy", "d1", dict.fromkeys(stages, "auto"))
    first, last = found.batches
    assert found.trains == {"t1": first, "t2": last}
    assert batches.above([below], found.trains) == [first]
