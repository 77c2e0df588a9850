"""What a node tells a client that asks for everything (`want_config_id`), in the recorded order."""

from collections.abc import Iterator

from meshtastic.protobuf.config_pb2 import Config
from meshtastic.protobuf.mesh_pb2 import FromRadio, MyNodeInfo
from meshtastic.protobuf.module_config_pb2 import ModuleConfig

from meshboard.sim.device import defaults
from meshboard.sim.device.settings import Firmware
from meshboard.sim.device.state import NodeState

CONFIG_ONLY_NONCE = 69420  # firmware SPECIAL_NONCE_ONLY_CONFIG: no other nodes
NODES_ONLY_NONCE = 69421  # firmware SPECIAL_NONCE_ONLY_NODES: nodes and nothing else
MIN_APP_VERSION = 30200
CONFIG_SECTIONS = ("device", "position", "power", "network", "display", "lora", "bluetooth", "security")
UNNAMED_MODULE_CONFIGS = 3  # 2.7.26 ends with three empty ones


def handshake(state: NodeState, nonce: int) -> Iterator[bytes]:
    """Yield the serialized `FromRadio` messages that answer a `want_config_id`."""
    if nonce == NODES_ONLY_NONCE:
        yield FromRadio(node_info=state.own_node_info()).SerializeToString()
        yield from _others(state)
    else:
        yield from _identity(state)
        yield from _configuration(state)
        yield from _module_configuration(state)
        if nonce != CONFIG_ONLY_NONCE:
            yield from _others(state)
        yield from (FromRadio(fileInfo=file).SerializeToString() for file in defaults.files())
    yield FromRadio(config_complete_id=nonce).SerializeToString()


def _identity(state: NodeState) -> Iterator[bytes]:
    my_info = MyNodeInfo(
        my_node_num=state.number,
        min_app_version=MIN_APP_VERSION,
        pio_env="native",
        nodedb_count=len(state.known) + 1,
    )
    if state.firmware is Firmware.V2_8:
        my_info.device_id = state.settings.mac.ljust(16, b"\x00")
    yield FromRadio(my_info=my_info).SerializeToString()
    yield FromRadio(deviceuiConfig=defaults.device_ui()).SerializeToString()
    yield FromRadio(node_info=state.own_node_info()).SerializeToString()
    yield FromRadio(metadata=defaults.metadata(state.settings)).SerializeToString()
    if state.firmware is Firmware.V2_8:
        yield defaults.REGION_PRESETS
    yield from (FromRadio(channel=channel).SerializeToString() for channel in state.channels)


def config_section(state: NodeState, name: str) -> Config:
    """Return one section of a node's configuration, also the two that hold nothing."""
    result = Config()
    if name in CONFIG_SECTIONS:
        getattr(result, name).CopyFrom(getattr(state.config, name))
    getattr(result, name).SetInParent()
    return result


def module_section(state: NodeState, name: str) -> ModuleConfig:
    """Return one section of a node's module configuration."""
    result = ModuleConfig()
    getattr(result, name).CopyFrom(getattr(state.modules, name))
    getattr(result, name).SetInParent()
    return result


def _configuration(state: NodeState) -> Iterator[bytes]:
    for name in (*CONFIG_SECTIONS, "sessionkey", "device_ui"):
        yield FromRadio(config=config_section(state, name)).SerializeToString()


def _module_configuration(state: NodeState) -> Iterator[bytes]:
    names = [field.name for field in ModuleConfig.DESCRIPTOR.fields]
    is_old = state.firmware is Firmware.V2_7
    for name in names[:-UNNAMED_MODULE_CONFIGS] if is_old else names:
        yield FromRadio(moduleConfig=module_section(state, name)).SerializeToString()
    if is_old:
        for _ in range(UNNAMED_MODULE_CONFIGS):
            yield FromRadio(moduleConfig=ModuleConfig()).SerializeToString()
    else:
        yield defaults.MESH_BEACON_CONFIG


def _others(state: NodeState) -> Iterator[bytes]:
    yield from (FromRadio(node_info=info).SerializeToString() for info in state.other_node_infos())
