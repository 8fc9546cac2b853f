"""What all tests share."""

import pytest
from hypothesis import settings

# A test never times: a slow machine must not turn it red.
settings.register_profile("lfes", deadline=None)
settings.load_profile("lfes")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-sentence`: read all sentences about one and two Action Units instead of a part of them."""
    parser.addoption("--every-sentence", action="store_true", help="read every sentence, not every 101st")
