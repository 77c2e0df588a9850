import pytest

from meshboard.errors import ConfigError
from meshboard.radio.addresses import (
    Address,
    AutoAddress,
    NoAddress,
    SerialAddress,
    TcpAddress,
    parse_address,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("none", NoAddress()),
        (" None ", NoAddress()),
        ("auto", AutoAddress()),
        ("tcp://10.0.0.7:4404", TcpAddress("10.0.0.7", 4404)),
        ("tcp://hall.local", TcpAddress("hall.local", 4403)),
        ("TCP://[::1]:5000", TcpAddress("::1", 5000)),
        ("::1", TcpAddress("::1", 4403)),
        ("hall.local", TcpAddress("hall.local", 4403)),
        ("hall.local:4405", TcpAddress("hall.local", 4405)),
        ("serial:///dev/ttyACM0", SerialAddress("/dev/ttyACM0")),
        ("/dev/ttyUSB1", SerialAddress("/dev/ttyUSB1")),
        ("COM3", SerialAddress("COM3")),
    ],
)
def test_an_address_is_understood_in_all_its_forms(written: str, meant: Address) -> None:
    assert meant == parse_address(written)


@pytest.mark.parametrize(
    "written",
    ["", "  ", "http://10.0.0.7", "tcp://", "tcp://host:port", "tcp://host:70000", "tcp://host:0", "serial://",
     "a b", "user@host", "host/path"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_known_forms(written: str) -> None:
    with pytest.raises(ConfigError, match="not understood; write none, auto, tcp://"):
        parse_address(written)


def test_bluetooth_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="Bluetooth is not supported"):
        parse_address("ble://AA:BB:CC:DD:EE:FF")


@pytest.mark.parametrize("address", [TcpAddress("::1", 9), TcpAddress("h", 9), SerialAddress("/dev/ttyACM0")])
def test_an_address_written_out_is_read_back_the_same(address: Address) -> None:
    assert address == parse_address(str(address))
