"""Settings of the process under which small products and small objects are quick."""

from __future__ import annotations

import gc
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController


class AtWork:
    """Limits BLAS to one thread, and collects no cyclic garbage, while any annotator works.

    Stages make hundreds of thousands of small objects without a cycle, which every collection would
    look through: 7 % of the time. Both settings are the process's own: the first user to come sets
    them, and the last to go puts back what was there before.
    """

    def __init__(self) -> None:
        self._controller = ThreadpoolController()
        self._lock = Lock()
        self._n_users = 0
        self._limit: Any = None
        self._collects = False

    def __enter__(self) -> None:
        with self._lock:
            if self._n_users == 0:
                self._limit = self._controller.limit(limits=1, user_api="blas")
                self._collects = gc.isenabled()
                gc.disable()
            self._n_users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_users -= 1
            if self._n_users == 0:
                self._limit.restore_original_limits()
                if self._collects:
                    gc.enable()


@cache
def at_work() -> AtWork:
    """The one of the process, for the settings are the process's."""
    return AtWork()
