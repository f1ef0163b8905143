"""The checkpoint of an earlier trial in, the weights that fit taken over."""

import torch

WORDS = "embedding.weight"


@torch.no_grad()
def take_over(file, model, known):
    """Takes weights whose name and shape fit, and the vectors of the words that both know. The head starts anew."""
    source = torch.load(file, map_location="cpu", weights_only=True)
    taken = []
    for name, weight in model.state_dict().items():  # these are the weights themselves, not copies
        found = source["weights"].get(name)
        if found is None or name.startswith("head."):
            continue
        if name == WORDS and found.shape[1] == weight.shape[1]:
            taken.append(f"{name} ({take_words(weight, found, known, source['known'])} words)")
        elif name != WORDS and found.shape == weight.shape:
            weight.copy_(found)
            taken.append(name)
    print(f"from {file}: {', '.join(taken) or 'nothing fits'}")


def take_words(weight, found, known, known_there):
    """Rows are matched by word, since another vocabulary numbers its words otherwise."""
    row_of = {word: row for row, word in enumerate(known_there["vocabulary"])}
    pairs = [(row, row_of[word]) for row, word in enumerate(known["vocabulary"]) if word in row_of]
    here, there = torch.tensor(pairs).unbind(1)
    weight[here.to(weight.device)] = found[there].to(weight.device)
    return len(pairs)
