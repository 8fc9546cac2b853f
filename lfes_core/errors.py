"""Errors that the user of the package can mend."""


class UserError(ValueError):
    """A wrong input: the message is one line that says what is wrong, where, and what to do.

    The command line prints it as ``error: <message>`` and exits with code 2; nothing has been written by then.
    """


def shortened(text: str, limit: int = 80) -> str:
    """A part of the input as an error may repeat it: its first characters, with dots where something was left out."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
