"""Errors that the user of the package can mend."""


class UserError(ValueError):
    """A wrong input: the message is one line that says what is wrong, where, and what to do.

    The command line prints it as ``error: <message>`` and exits with code 2; nothing has been written by then.
    """


def shortened(text: str, limit: int = 80) -> str:
    """Text from outside as a message may repeat it: at most `limit` characters, all of them printable."""
    kept = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in kept)


def shown(value: object) -> str:
    """A value from outside as Python writes it, for a message; what Python cannot write is named by its type."""
    try:
        return shortened(repr(value))
    except (ValueError, RecursionError):  # numbers of 5,000 digits, lists in lists in lists
        return f"this {type(value).__name__}"


class Unreadable(UserError):
    """A file from outside that is not what it should be.

    Attributes:
        why: what is wrong, with ``{}`` for each of `details`: a thousand files with one fault are then one line.
        details: what differs from file to file.
    """

    def __init__(self, why: str, *details: object, file: str = "") -> None:
        """Makes the message: `file`, if it is named, and what is wrong with it."""
        self.why, self.details = why, details
        super().__init__(f"{file} {why.format(*details) if details else why}".lstrip())
