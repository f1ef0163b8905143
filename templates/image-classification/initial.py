"""The checkpoint of an earlier trial in, the weights that fit taken over."""

import torch


@torch.no_grad()
def take_over(file, model, known):
    """Takes the weights whose name and shape fit. The head starts anew: its classes may be others."""
    source = torch.load(file, map_location="cpu", weights_only=True)["weights"]
    taken = []
    for name, weight in model.state_dict().items():  # these are the weights themselves, not copies
        found = source.get(name)
        if found is not None and found.shape == weight.shape and not name.startswith("head."):
            weight.copy_(found)
            taken.append(name)
    print(f"from {file}: {', '.join(taken) or 'nothing fits'}")
