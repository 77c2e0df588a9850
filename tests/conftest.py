"""What every test shares."""

from hypothesis import settings

# A busy machine is slow, not wrong. The same code passes or fails alike each time: make bench looks further.
settings.register_profile("meshboard", deadline=None, derandomize=True)
settings.load_profile("meshboard")
