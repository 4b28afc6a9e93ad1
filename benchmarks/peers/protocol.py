"""Calls into a long-lived process of another interpreter: one JSON line there, one back.

A peer is a script that ends in `serve(functions)`; `Peer(python, script)` is the other end. Only
the standard library is used, for peers live in environments of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def serve(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Answer calls until the input ends.

    Args:
        functions: What may be called, by name; arguments and results are JSON values.
    """
    # What a library prints must not end up among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, arguments = json.loads(line)
        answers.write(json.dumps(functions[name](**arguments), ensure_ascii=False) + "\n")
        answers.flush()


class Peer:
    """A script run by an interpreter with one BLAS thread; closed on leaving `with`."""

    def __init__(self, python: str, script: Path) -> None:
        self._script = script
        self._process = subprocess.Popen(
            [python, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD | {"PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
        )

    def call(self, name: str, **arguments: Any) -> Any:
        """Call one function of the peer and return its result.

        Args:
            name: Name under which the script serves it.
            **arguments: JSON values.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, arguments], ensure_ascii=False) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self._script} ended with status {self._process.wait()} in {name!r}")
        return json.loads(answer)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
