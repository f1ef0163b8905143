"""A compiled experiment in, the same without its containers out: each of its outcomes will say so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from expc.compiler.writing.write import Compiled
from expc.plan import encode


def outside(one: Compiled) -> Compiled:
    """The plan says it, not a variable or an option of Snakemake: whoever starts the workflow, it is the same.

    The trials keep their ids. An experiment without containers stays as it is."""
    if not any("container" in stage.environment for stage in one.plan.stages.values()):
        return one
    header, rest = one.text.split(b"\n", 1)
    text = encode({**json.loads(header), "outside": True}).encode() + b"\n" + rest
    return replace(one, text=text, digest=hashlib.sha256(text).hexdigest()[:12])
