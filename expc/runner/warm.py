"""A Python program in, its exit status out: run in a forked process whose imports are already done."""

import atexit
import builtins
import gc
import importlib
import logging
import multiprocessing.util
import os
import signal
import sys
import threading
import traceback
import types
import weakref
from functools import lru_cache

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
    ourselves()
    gc.collect()
    gc.freeze()  # or the first collection in a child would write to, and so copy, every page
    return None


def imported(modules, code):
    """Import modules, of which some may lie in the folder `code`. Those are forgotten again: other trials may have
    other ones of that name."""
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
    """What preloaded modules do at exit is no trial's affair (torch: 0.1 s); what a program adds still happens."""
    atexit._clear()
    finalizers = weakref.finalize._registry  # type: ignore[attr-defined]  # nothing public lists them
    for finalizer in list(finalizers):
        finalizer.atexit = False
    latest = next(reversed(finalizers), None)

    def finalize_new():
        if next(reversed(finalizers), None) is not latest:  # else hundreds would be looked at in vain
            weakref.finalize._exitfunc()  # type: ignore[attr-defined]  # what atexit would call

    children = multiprocessing.util._exit_function  # type: ignore[attr-defined]  # likewise
    for farewell in (logging.shutdown, finalize_new, children):
        atexit.register(farewell)


def run(script):
    """Run a script as `python script` would, and return its exit status. The process must end without cleaning up."""
    forget_ourselves()
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


def forget_ourselves():
    """A program may have a module that is called as our package is."""
    for name in ourselves():
        del sys.modules[name]


@lru_cache(maxsize=None)
def ourselves():
    """The names of our modules. Asked for before the fork: thousands of names looked at are as many pages copied."""
    package = __package__.partition(".")[0]
    return tuple(name for name in sys.modules if name.partition(".")[0] == package)


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
