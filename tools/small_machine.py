"""Runs a command as on a small machine: on one core, and ended when its processes together hold more than 3 GB.

``python -m tools.small_machine make test book`` (Linux). Twice a second the memory of the command and of all that it
has started is summed, what they share counted once. The exit status is that of the command, or 137 where it was ended.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command and say how much memory it took at most."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--gigabytes", type=float, default=3.0)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    if sys.platform != "linux" or not options.command:
        print("error: give a command; this needs Linux, where processes are bound to cores", file=sys.stderr)
        return 2
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    start, most = time.monotonic(), 0
    with subprocess.Popen(options.command, env=os.environ | {"JOBS": str(options.cores)}) as process:
        while process.poll() is None:
            found = _family(process.pid)
            held = sum(_memory(each) for each in found)
            most = max(most, held)
            if held > options.gigabytes * 1e9:
                for each in found:  # parents first: they would begin something else
                    with suppress(OSError):
                        os.kill(each, signal.SIGKILL)
            time.sleep(0.5)
    ended = most > options.gigabytes * 1e9
    print(f"{most / 1e9:.2f} GB at most, {time.monotonic() - start:.0f} s{', ended: too much' if ended else ''}")
    return 137 if ended else process.returncode


def _family(pid: int) -> list[int]:
    """A process and all that it has started, itself first."""
    found = [pid]
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended
            found += [one for child in file.read_text("ascii").split() for one in _family(int(child))]
    return found


def _memory(pid: int) -> int:
    """Bytes that a process holds, its share of what several hold; 0 where it has ended."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
