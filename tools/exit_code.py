"""How the tools end: a mistake that the caller can mend is one line on standard error."""

import sys
from collections.abc import Callable

from lfes_core.errors import UserError


def exit_code(task: Callable[[], object], interrupted: Callable[[], str] = lambda: "interrupted") -> int:
    """Does the task; returns 0, 2 for a mistake, or 130 for Ctrl-C, after which `interrupted` says how it stands."""
    try:
        task()
    except (UserError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted(), file=sys.stderr)
        return 130
    return 0
