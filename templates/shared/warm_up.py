"""What a first optimizer step sets up for good, done once in the process from which trials are forked.

It leaves nothing behind that could change a number: the random state is put back, and no thread or device is begun."""

import traceback
import types

import torch
import torch._dynamo  # 800 modules, which the first optimizer imports
import torch.profiler._cupti_monitor
import torch.utils.serialization.config

STEPS = 20  # so many that Python has specialized what each of them runs


def take_steps():
    inputs, classes, targets = torch.randn(64, 64), torch.zeros(64, dtype=torch.long), torch.randn(64, 2)
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(STEPS):
        outputs = model(inputs)
        loss = torch.nn.functional.cross_entropy(outputs, classes) + torch.nn.functional.mse_loss(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()


# Where PyTorch knows of an accelerator, a step asks for it, and no process forked after that could use it.
if torch.accelerator.current_accelerator() is None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        take_steps()
    torch.set_num_threads(threads)
    # For devices that aren't there, each seed is put down with the stack, as text: a millisecond in a forked process.
    for device in (torch.cuda, torch.xpu, torch.mtia):
        device.traceback = types.SimpleNamespace(**{**vars(traceback), "format_stack": list})
