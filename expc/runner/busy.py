"""GPUs in, how busy they are and how much of their memory is in use out; from the driver's library.

Asking a program such as nvidia-smi takes a second; the library, a thousandth. Nothing of it is needed elsewhere."""

import ctypes
from dataclasses import dataclass

LIBRARY = "libnvidia-ml.so.1"
MIB = 1 << 20


@dataclass(frozen=True)
class Use:
    """What was seen of GPUs: `busy` seconds out of so many `seconds`, in the mean of all GPUs, and the `peak` of memory
    in MiB, of the fullest."""

    busy: float = 0.0
    seconds: float = 0.0
    peak: int = 0

    def __add__(self, other):
        return Use(self.busy + other.busy, self.seconds + other.seconds, max(self.peak, other.peak))

    def said(self):
        """As ledgers and outcomes say it; nothing where nothing was seen."""
        return {"gpu_busy": round(self.busy / self.seconds, 3), "gpu_memory": self.peak} if self.seconds else {}


NOTHING = Use()


def use_in(row):
    """What a row of a ledger says."""
    seconds = float(row.get("seconds", 0.0)) if "gpu_busy" in row else 0.0
    return Use(row["gpu_busy"] * seconds, seconds, row.get("gpu_memory", 0)) if seconds else NOTHING


class Rates(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Driver:
    """Asks for GPUs by the names that CUDA_VISIBLE_DEVICES has for them. Where there is no driver nothing is known."""

    def __init__(self, library=None):
        self.devices = {}
        try:
            self.library = library or ctypes.CDLL(LIBRARY)
            if self.library.nvmlInit_v2() == 0:
                self.devices = dict(found(self.library))
        except (OSError, AttributeError):  # no such library, or one that is too old
            self.devices = {}

    def look(self, names, seconds):
        """What was in use of these during so many seconds until now."""
        seen = [self.one(self.devices[name]) for name in names if name in self.devices]
        seen = [one for one in seen if one]
        if not seen:
            return NOTHING
        busy = sum(rate for rate, _ in seen) / len(seen) / 100.0
        return Use(busy * seconds, seconds, max(used for _, used in seen) // MIB)

    def one(self, device):
        """(per cent of time, bytes) of a GPU; None if it doesn't tell, as parts of one (MIG) don't."""
        rates, memory = Rates(), Memory()
        failed = self.library.nvmlDeviceGetUtilizationRates(device, ctypes.byref(rates))
        failed = self.library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) or failed
        return None if failed else (rates.gpu, memory.used)


def found(library):
    """Each device by its number and by its UUID. In a job, the library lists those alone that it has, from 0 on."""
    count = ctypes.c_uint()
    if library.nvmlDeviceGetCount_v2(ctypes.byref(count)):
        return
    for index in range(count.value):
        device, text = ctypes.c_void_p(), ctypes.create_string_buffer(96)
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) == 0:
            yield str(index), device
            if library.nvmlDeviceGetUUID(device, text, len(text)) == 0:
                yield text.value.decode(errors="replace"), device
