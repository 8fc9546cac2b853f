"""What all tests share."""

from hypothesis import settings

# A test never times: a slow machine must not turn it red.
settings.register_profile("lfes", deadline=None)
settings.load_profile("lfes")
