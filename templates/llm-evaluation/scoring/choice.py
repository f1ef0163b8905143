"""The letter of a choice that the answer names, or the one choice whose text it holds."""

import re
import sys

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def score(config, text, question):
    if question["choices"] is None:
        sys.exit(f"question {question['id']} has no choices; take another scoring, or name them under columns")
    prediction = letter_in(text, question["choices"])
    return prediction, question["letter"], float(prediction == question["letter"])


def letter_in(text, choices):
    """What is said to be the answer comes first, then a letter that stands alone, then a choice's own words."""
    letters = LETTERS[: len(choices)]
    letter = rf"(?![AI][ \t]+(?!is\b)\w)([{letters}])"  # in `A cod` and `I think`, it is a word
    said = re.findall(rf"(?i:answer|option|choice)(?i:\s+is)?\s*[:=]?\s*[*(\[\"']*{letter}\b", text)
    alone = re.findall(rf"^[\s*(\[\"']*{letter}(?:[\s.):\]*\"']|$)", text, re.MULTILINE)
    if said or alone:
        return (said or alone)[-1]
    held = [letter for letter, choice in zip(letters, choices, strict=True) if holds(text, choice)]
    return held[0] if len(held) == 1 else None


def holds(text, choice):
    """Whether the words of a choice stand in a text: 2 doesn't in 12."""
    return re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", text, re.IGNORECASE) is not None
