"""The error that the person at the command line can mend."""


class ScanFacesError(ValueError):
    """One line: what is wrong, where, and what to do."""
