"""How busy GPUs are, as the driver's library says it; and nothing where there is none."""

import ctypes
import json

import pytest

from expc.runner.busy import Driver, Use, use_in

MIB = 1 << 20


class Library:
    """Stands for the driver: devices are (uuid, per cent, bytes), or None for one that doesn't tell."""

    def __init__(self, *devices, fails=False):
        self.devices, self.fails = devices, fails

    def nvmlInit_v2(self):  # noqa: N802 - the driver's names
        return 1 if self.fails else 0

    def nvmlDeviceGetCount_v2(self, count):  # noqa: N802
        count._obj.value = len(self.devices)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index, device):  # noqa: N802
        device._obj.value = index + 1
        return 0

    def nvmlDeviceGetUUID(self, device, text, size):  # noqa: N802
        text.value = (self.devices[device.value - 1] or ("GPU-none",))[0].encode()
        return 0

    def nvmlDeviceGetUtilizationRates(self, device, rates):  # noqa: N802
        said = self.devices[device.value - 1]
        rates._obj.gpu = said[1] if said else 0
        return 0 if said else 3

    def nvmlDeviceGetMemoryInfo(self, device, memory):  # noqa: N802
        said = self.devices[device.value - 1]
        memory._obj.used = said[2] if said else 0
        return 0 if said else 3


TWO = (("GPU-a", 50, 100 * MIB), ("GPU-b", 100, 300 * MIB))


@pytest.mark.parametrize(
    ("library", "names", "expected"),
    [
        (Library(*TWO), ["0", "1"], Use(1.5, 2.0, 300)),
        (Library(*TWO), ["0"], Use(1.0, 2.0, 100)),
        (Library(*TWO), ["GPU-b"], Use(2.0, 2.0, 300)),
        (Library(*TWO), [], Use()),
        (Library(*TWO), ["7"], Use()),
        (Library(TWO[0], None), ["0", "1"], Use(1.0, 2.0, 100)),
        (Library(None), ["0"], Use()),
        (Library(), ["0"], Use()),
        (Library(*TWO, fails=True), ["0"], Use()),
        (ctypes.CDLL(None), ["0"], Use()),  # a library without what is asked
    ],
)
def test_what_is_seen_is_that_of_the_gpus_that_a_trial_has(library, names, expected):
    assert Driver(library).look(names, 2.0) == expected


def test_what_was_seen_adds_up_and_is_read_back_from_a_ledger():
    both = Use(1.0, 2.0, 100) + Use(2.0, 2.0, 50)
    assert (both, both.said()) == (Use(3.0, 4.0, 100), {"gpu_busy": 0.75, "gpu_memory": 100})
    assert Use().said() == {}
    assert use_in(json.loads('{"seconds": 4.0, "gpu_busy": 0.75, "gpu_memory": 100}')) == both
    assert (use_in({"seconds": 4.0}), use_in({"attempt": 1})) == (Use(), Use())
