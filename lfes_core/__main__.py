"""``python -m lfes_core``: the command line; see `lfes_core.command_line`."""

import sys

from lfes_core.command_line import main

if __name__ == "__main__":
    sys.exit(main())
