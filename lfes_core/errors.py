"""Errors that the user of the package can mend."""


class UserError(ValueError):
    """A wrong input: the message is one line that says what is wrong, where, and what to do.

    The command line prints it as ``error: <message>`` and exits with code 2; nothing has been written by then.
    """
