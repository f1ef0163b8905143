"""What every trial imports, done once in the process from which trials are forked: it takes seconds."""

import client  # noqa: F401
