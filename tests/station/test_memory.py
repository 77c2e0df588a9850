"""What the command line does to keep its memory to itself."""

import subprocess
import sys

import pytest

_LOOK = """
import ctypes, resource
from meshboard.station.process.private_memory import keep_memory_private
keep_memory_private()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""  # 3 is PR_GET_DUMPABLE, linux/prctl.h


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_there_is_no_core_dump_and_no_looking_in_from_outside() -> None:
    shown = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True)

    assert shown.stdout.split("\n")[0] == "(0, 0) 0"
