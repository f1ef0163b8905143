"""A Python program in, its exit status out: run in a forked process whose imports are already done."""

import _signal as signal  # type: ignore[import-not-found]  # as in `child`
import atexit
import builtins
import contextlib
import gc
import importlib
import logging
import multiprocessing.process
import multiprocessing.util
import os
import sys
import threading
import traceback
import types
import weakref
from functools import lru_cache
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import Any, Dict, List, Tuple

# What Python itself sets up in a fresh process.
FRESH = (
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGCHLD, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
)


def preload(modules, code):
    """Import modules for the processes that will be forked. What went wrong, in words; None if nothing did."""
    try:
        imported(modules, code)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an import raises, each trial then meets by itself
        return f"{type(error).__name__}: {error}"
    leave_farewells_out()
    forget_ourselves()
    put_aside()
    gc.collect()
    gc.freeze()  # or the first collection in a child would write to, and so copy, every page
    return None


def imported(modules, code):
    """Import modules, of which some may lie in the folder `code`. Those are forgotten again: other trials may have
    other ones of that name."""
    take_up()
    sys.path.insert(0, code)
    try:
        for module in modules:
            importlib.import_module(module)
    finally:
        sys.path.remove(code)
        for name, module in list(sys.modules.items()):
            if os.path.dirname(getattr(module, "__file__", None) or "") == code:
                del sys.modules[name]


def leave_farewells_out():
    """What preloaded modules do at exit is no trial's affair (torch: 0.1 s); what a program adds still happens.

    To see that it has added nothing is quicker than to look at all that there is: that takes memory to be copied."""
    atexit._clear()
    # Nothing public lists what is to happen at exit.
    finalizers, logs = weakref.finalize._registry, logging._handlerList  # type: ignore[attr-defined]
    for finalizer in list(finalizers):
        finalizer.atexit = False
    latest, last = next(reversed(finalizers), None), logs[-1:]
    buffers = any(hasattr(log(), "buffer") for log in logs)

    def shut_logs():
        if buffers or logs[-1:] != last:
            logging.shutdown()

    def finalize_new():
        if next(reversed(finalizers), None) is not latest:
            weakref.finalize._exitfunc()  # type: ignore[attr-defined]  # what atexit would call

    def end_children():
        util, process = multiprocessing.util, multiprocessing.process
        if util._finalizer_registry or process._children:  # type: ignore[attr-defined]  # likewise
            util._exit_function()  # type: ignore[attr-defined]  # likewise

    for farewell in (shut_logs, finalize_new, end_children):
        atexit.register(farewell)


LOCKS = ((logging, "_at_fork_reinit_lock_weakset"), (threading, "_dangling"))
ASIDE: List[Tuple[types.ModuleType, str, Any]] = []


def put_aside():
    """After a fork, Python makes the locks of all logs and threads anew, since another thread may have held them. Where
    there is no other thread, it finds none; a child takes them up again."""
    if threading.active_count() == 1:
        for module, name in LOCKS:
            ASIDE.append((module, name, getattr(module, name)))
            setattr(module, name, ())


def take_up():
    while ASIDE:
        setattr(*ASIDE.pop())


def run(script):
    """Run a script as `python script` would, and return its exit status. The process must end without cleaning up."""
    take_up()
    sys.argv = [script]
    sys.path.insert(0, os.path.dirname(script))
    try:
        execute(script)
        status = 0
    except SystemExit as end:
        status = exit_status(end.code)
    except BaseException as error:  # noqa: BLE001 - the runner's one boundary: whatever it is, it is the trial's failure
        show(error, script)
        status = 1
    return finish(status)


def execute(script):
    """Run a script as the main module, which nothing of ours is any more."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    vars(main).update(__file__=script, __builtins__=builtins)
    exec(compiled(script), vars(main))


@lru_cache(maxsize=None)
def compiled(script):
    """A script is compiled once for all trials, before the fork. OSError, SyntaxError or ValueError if it can't be."""
    with open(script, "rb") as file:
        return compile(file.read(), script, "exec", dont_inherit=True)


@lru_cache(maxsize=None)
def look_beside(script):
    """Compile the modules beside a script, too. One that can't be is left to whoever imports it."""
    folder, name = os.path.split(script)
    for path in (os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py")):
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            BESIDE[path] = compiled(path)
    sys.path_importer_cache[folder] = finder = FileFinder(
        folder,
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (loader, SOURCE_SUFFIXES),  # type: ignore[arg-type]  # it makes one, as a class does
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )
    finder.find_spec(os.path.splitext(name)[0])  # it lists the folder


BESIDE: Dict[str, types.CodeType] = {}


class Compiled(SourceFileLoader):
    def get_code(self, fullname):  # noqa: ARG002 - importlib says it
        return BESIDE[self.path]


def loader(name, path):
    return (Compiled if path in BESIDE else SourceFileLoader)(name, path)


def forget_ourselves():
    """A program may have a module that is called as our package is. Before the fork: each that a child forgets is
    memory to be copied."""
    package = __package__.partition(".")[0]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        FORGOTTEN.append(sys.modules.pop(name))


FORGOTTEN: List[types.ModuleType] = []


def exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def show(error, script):
    """The traceback that `python script` prints: it begins in the script."""
    where = error.__traceback__
    while where is not None and where.tb_frame.f_code.co_filename != script:
        where = where.tb_next
    traceback.print_exception(type(error), error, where)


def finish(status):
    """What an interpreter does at its end, as far as a program can notice."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # Python, too, says 120 if the output can't be written
        return status or 120
    return status
