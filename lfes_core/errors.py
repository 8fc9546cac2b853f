"""Errors that the user of the package can mend."""


class UserError(ValueError):
    """A wrong input: the message is one line that says what is wrong, where, and what to do.

    The command line prints it as ``error: <message>`` and exits with code 2; nothing has been written by then.
    """


def shortened(text: str, limit: int = 80) -> str:
    """Text from outside as a message may repeat it: at most `limit` characters, all of them printable."""
    kept = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in kept)
