def score(found):
    return sum(found)
