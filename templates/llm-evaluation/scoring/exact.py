"""The answer's text is the right one, but for case, blanks, and marks at its ends."""

MARKS = " \t\r\n.,;:!?\"'`*()[]"


def score(config, text, question):
    prediction = plain(text)
    return prediction or None, plain(question["answer"]), float(prediction == plain(question["answer"]))


def plain(text):
    return " ".join(text.casefold().split()).strip(MARKS)
