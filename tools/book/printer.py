"""Chromium as a printer: a page becomes a PDF when nothing in it changes any more.

It is told what to do through a pipe (DevTools protocol), so that a page has all the time that its scripts need.
"""

import base64
import fcntl
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tools.book.browser import FLAGS

QUIET = """new Promise(async (go) => {
  await window.MathJax?.startup?.promise;
  let last = performance.now();
  const start = last, watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = () => {
    const now = performance.now();
    if (now - last > 1500 || now - start > 60000) { watch.disconnect(); go(); } else setTimeout(look, 100);
  };
  look();
})"""
"""Waits for formulas, and then until a page has been still for a while: panels fetch what they show."""

HEADINGS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((each) => each.checkVisibility()).map((each) => each.innerText)"""


class Printer:
    """A running Chromium; use it as a context, so that it ends."""

    def __init__(self, browser: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        reads, self._write = (_high(end) for end in os.pipe())
        self._read, writes = (_high(end) for end in os.pipe())

        def connect() -> None:
            os.dup2(reads, 3)  # Chromium listens at 3 and speaks at 4
            os.dup2(writes, 4)

        flags = [flag for flag in FLAGS if "virtual-time" not in flag]
        command = [browser, *flags, f"--user-data-dir={self._profile.name}", "--remote-debugging-pipe", "about:blank"]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(command, pass_fds=(3, 4), preexec_fn=connect, stdout=nowhere, stderr=nowhere)
        os.close(reads)
        os.close(writes)
        self._answers = os.fdopen(self._read, "rb", buffering=0)
        self._rest, self._number = b"", 0

    def __enter__(self) -> "Printer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._answers.close()
        os.close(self._write)
        self._profile.cleanup()

    def print(self, page: Path, out: Path) -> list[str]:
        """Write a page as a PDF whose bookmarks are its headings; returns what the headings say."""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable", session)
        self._ask("Emulation.setEmulatedMedia", session, media="print")
        self._ask("Page.navigate", session, url=page.resolve().as_uri())
        while self._told().get("method") != "Page.loadEventFired":
            pass
        self._ask("Runtime.evaluate", session, expression=QUIET, awaitPromise=True)
        paper = {"preferCSSPageSize": True, "printBackground": True, "generateDocumentOutline": True}
        made = self._ask("Page.printToPDF", session, generateTaggedPDF=True, **paper)
        out.write_bytes(base64.b64decode(made["data"]))
        said = self._ask("Runtime.evaluate", session, expression=HEADINGS, returnByValue=True)["result"]["value"]
        self._ask("Target.closeTarget", targetId=target)
        return [" ".join(each.split()) for each in said]

    def _ask(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        os.write(self._write, json.dumps(asked | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            told = self._told()
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                answer: dict[str, Any] = told["result"]
                return answer

    def _told(self) -> dict[str, Any]:
        """The next thing that Chromium says: an answer or an event."""
        parts = [self._rest]
        while b"\0" not in parts[-1]:
            if not (part := self._answers.read(1 << 20)):
                raise RuntimeError("Chromium has ended")
            parts.append(part)
        message, _, self._rest = b"".join(parts).partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


def _high(end: int) -> int:
    """The same end of a pipe under a number that is not 3 or 4."""
    new = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return new
