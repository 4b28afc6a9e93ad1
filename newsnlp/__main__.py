"""Runs the command line: `python -m newsnlp`."""

import sys

from newsnlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
