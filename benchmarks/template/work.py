"""Optimizer steps in, the last loss out: the work of one trial, the same whoever starts it."""

import torch


def work(steps, lr, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    inputs, targets = torch.randn(256, 64), torch.randn(256, 1)
    model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()
