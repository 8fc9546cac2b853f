"""What Linux itself keeps a process from, its native code and its children too (Landlock, from Linux 6.7 on)."""

import ctypes
import os
from contextlib import suppress

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, by the numbers that all processors share
_DIES_WITH_PARENT, _NO_NEW_RIGHTS = 1, 38  # of prctl
_EXECUTE, _WRITE, _TRUNCATE = 1 << 0, 1 << 1, 1 << 14
_CHANGES = _EXECUTE | _WRITE | _TRUNCATE | sum(1 << bit for bit in range(4, 14))  # to remove, make and move anything
_TCP, _SIGNALS = 0b11, 0b11  # to bind and to connect; and what is sent to processes outside, by socket or signal


class _Rules(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Below(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def confine(folder: str) -> bool:
    """This process writes below one folder only, starts no program and has no TCP, for good; it ends with its parent.

    False: the system cannot see to that.
    """
    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_DIES_WITH_PARENT, 9, 0, 0, 0)
        version = system.syscall(_CREATE, None, ctypes.c_size_t(0), 1)
        if version < 4:
            return False
        rules = _Rules(_CHANGES, _TCP, _SIGNALS if version >= 6 else 0)
        made = system.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), 0)
        for place, allowed in ((folder, _CHANGES & ~_EXECUTE), (os.devnull, _WRITE | _TRUNCATE)):
            below = _Below(allowed, os.open(place, os.O_PATH))
            system.syscall(_ADD, made, 1, ctypes.byref(below), 0)
            os.close(below.folder)
        system.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
        held: int = system.syscall(_RESTRICT, made, 0)
        os.close(made)
        return held == 0
    return False
