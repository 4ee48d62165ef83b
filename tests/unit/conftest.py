"""Settings that hold for every unit test."""

from hypothesis import settings

# A busy machine is no failure: no example is timed.
settings.register_profile("springback", deadline=None)
settings.load_profile("springback")
