"""What every test shares."""

from hypothesis import settings

settings.register_profile("meshboard", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("meshboard")
