"""Empty folders out, one for each process that runs: what a trial gets for a home."""

import os
import shutil
import tempfile


class Homes:
    """They lie where temporary files do, and one that stayed empty is lent again: to make and remove a folder for each
    trial takes milliseconds, on a shared file system many. Whoever ends the runner's affairs removes `root`."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="expc-")
        self.free = []
        self.made = 0

    def lend(self):
        if self.free:
            return self.free.pop()
        self.made += 1
        home = os.path.join(self.root, str(self.made))
        os.mkdir(home)
        return home

    def take_back(self, home):
        """A home in which something was left, or that a trial took away, is not lent again."""
        try:
            empty = not os.listdir(home)
        except OSError:
            empty = False
        if empty:
            self.free.append(home)
        else:
            shutil.rmtree(home, ignore_errors=True)
