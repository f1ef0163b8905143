"""A request in, the answer that was given to it before out: one file for each, which nobody finds half written."""

import hashlib
import json
import os
import uuid


def remembered(request):
    """The answer; None if there is none, or its file isn't whole."""
    try:
        with open(file_of(request), encoding="utf-8") as file:
            return json.load(file)["answer"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(request, answer):
    """The answer that the cache then holds: of two that were given at the same time, everybody goes by the first."""
    path = file_of(request)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    mine = f"{path}.{uuid.uuid4().hex}"
    with open(mine, "w", encoding="utf-8") as file:
        json.dump({"request": request, "answer": answer}, file, ensure_ascii=False)
    try:
        os.link(mine, path)
        first = answer
    except OSError:  # somebody was faster, or what is there isn't whole, or the file system has no links
        first = remembered(request)
    if first is None:
        os.replace(mine, path)
        return answer
    os.unlink(mine)
    return first


def file_of(request):
    name = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    return os.path.join(os.environ.get("EXPC_CACHE_DIR", "cache"), name[:2], name + ".json")
