"""The number that the answer ends with is the right one."""

import math
import re
import sys

# A minus that follows a digit parts two numbers: 10-12.
NUMBER = re.compile(r"(?:(?<!\d)-)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|(?:(?<!\d)-)?\.\d+")


def score(config, text, question):
    label = last_number(question["answer"])
    if label is None:
        sys.exit(f"question {question['id']}: its answer {question['answer']!r} holds no number; take another scoring")
    prediction = last_number(text)
    return (
        prediction,
        label,
        float(prediction is not None and math.isclose(prediction, label, rel_tol=config.tolerance)),
    )


def last_number(text):
    """The last number in a text; of `1,234.5`, a comma only parts the thousands."""
    found = NUMBER.findall(text.replace("−", "-"))
    return float(found[-1].replace(",", "")) if found else None
