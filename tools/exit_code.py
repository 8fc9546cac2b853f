"""How the tools end: a mistake that the caller can mend is one line on standard error."""

import sys
from collections.abc import Callable

from lfes_core.errors import UserError


def exit_code(task: Callable[[], int | None], interrupted: Callable[[], str] = lambda: "interrupted") -> int:
    """Does the task; returns its status or 0, 2 for a mistake, 130 for Ctrl-C; `interrupted` says how it stands."""
    try:
        return task() or 0
    except (UserError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted(), file=sys.stderr)
        return 130
