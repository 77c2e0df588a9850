from serial.tools.list_ports_common import ListPortInfo

from meshboard.radio.discovery import find_nodes, likely_nodes


def port(
    device: str, vid: int | None, product: str | None = None, manufacturer: str | None = None
) -> ListPortInfo:
    info = ListPortInfo(device)  # type: ignore[no-untyped-call]
    info.vid, info.product, info.manufacturer = vid, product, manufacturer
    return info


def test_the_likeliest_node_comes_first_and_programmers_never() -> None:
    found = likely_nodes(
        [
            port("/dev/ttyS0", None),
            port("/dev/ttyACM5", 0x1366, "J-Link"),
            port("/dev/ttyACM1", 0x2341, "Uno", "Arduino"),
            port("/dev/ttyUSB0", 0x10C4, "CP2102 USB to UART Bridge", "Silicon Labs"),
            port("/dev/ttyACM0", 0x239A, "WisCore RAK4631 Board", "RAKwireless"),
        ]
    )

    assert [node.address for node in found] == [
        "serial:///dev/ttyACM0",
        "serial:///dev/ttyUSB0",
        "serial:///dev/ttyACM1",
    ]
    assert found[0].description == "RAKwireless WisCore RAK4631 Board on /dev/ttyACM0"


def test_a_nameless_bridge_is_named_by_its_chip() -> None:
    found = likely_nodes([port("/dev/ttyUSB0", 0x1A86)])

    assert found[0].description == "CH340/CH9102 USB serial device on /dev/ttyUSB0"


def test_looking_takes_no_port_and_no_time() -> None:
    assert isinstance(find_nodes(), tuple)
