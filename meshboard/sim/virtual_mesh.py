"""A mesh of virtual radios behind TCP ports, in real time or faster."""

import asyncio
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from meshboard.errors import ConfigError
from meshboard.link import NodeNumber
from meshboard.sim.device.handheld import Handheld
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.server import SILENT_S, DeviceServer
from meshboard.sim.device.settings import PUBLIC_CHANNEL, ChannelSettings, DeviceSettings, Firmware
from meshboard.sim.device.state import KnownNode
from meshboard.sim.mesh import Edges, Mesh
from meshboard.sim.scenario import NodeTable, Scenario, read_scenario
from meshboard.sync.air.time_on_air import PRESETS

Address = tuple[str, int]


class RealTimeDriver:
    """Let a mesh's events happen when their real time has come, `speed` times as fast."""

    def __init__(self, mesh: Mesh, speed: float) -> None:
        self._mesh = mesh
        self._speed = speed
        self._started_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._awaited: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def start(self) -> None:
        """Begin; the mesh's time goes on from where it stands."""
        self._started_at = asyncio.get_running_loop().time() - self._mesh.now / self._speed
        self._running = True
        self._rearm()

    def stop(self) -> None:
        """Stop the mesh's time."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()

    def act(self, action: Callable[[], None]) -> None:
        """Bring the mesh up to now, do something in it, and see to what follows."""
        if self._running:
            self._catch_up()
        action()
        self._settle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that happens in the mesh makes a condition true."""
        if not condition():
            happened = asyncio.get_running_loop().create_future()
            self._awaited.append((condition, happened))
            await happened

    def _settle(self) -> None:
        self._rearm()
        for condition, happened in list(self._awaited):
            if happened.done() or condition():
                self._awaited.remove((condition, happened))
                if not happened.done():
                    happened.set_result(None)

    def _catch_up(self) -> None:
        elapsed_s = asyncio.get_running_loop().time() - self._started_at
        self._mesh.advance(elapsed_s * self._speed)

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        at = self._mesh.next_event_at()
        if at is not None and self._running:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._started_at + at / self._speed, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._catch_up()
        self._settle()


class VirtualMesh:
    """Virtual radios on one mesh; clients connect to `addresses`, handhelds need no client."""

    def __init__(self, scenario: Scenario, silent_s: float = SILENT_S) -> None:
        """Make the nodes; each drops a client that wrote nothing for `silent_s`, in real time."""
        self.scenario = scenario
        edges = scenario.who_hears_whom()
        self.mesh = Mesh(
            scenario.nodes, edges, PRESETS[scenario.preset], loss=scenario.loss, seed=scenario.seed
        )
        self.nodes = [VirtualNode(node_settings(scenario, i), self.mesh, i) for i in range(scenario.nodes)]
        self.addresses: list[Address] = []
        self._driver = RealTimeDriver(self.mesh, scenario.speed)
        self._servers = [DeviceServer(node, self._driver, silent_s) for node in self.nodes]
        self._handhelds: dict[int, Handheld] = {}
        self._introduce()

    async def start(self) -> None:
        """Open every node's port and let time begin; raise ConfigError when a port is taken."""
        self._driver.start()
        try:
            for index, server in enumerate(self._servers):
                base_port = self.scenario.base_port
                wanted_port = base_port + index if base_port else 0
                self.addresses.append(await _listen(server, self.scenario.host, wanted_port))
        except ConfigError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every port and stop time; safe to call twice."""
        self._driver.stop()
        for server in self._servers:
            await server.close()

    def number(self, node: int) -> NodeNumber:
        """Return the Meshtastic number of a node."""
        return self.nodes[node].state.number

    def handheld(self, node: int) -> Handheld:
        """Return the person at a node that no client connects to."""
        if node not in self._handhelds:
            self._handhelds[node] = Handheld(self.nodes[node], self._driver)
        return self._handhelds[node]

    async def unplug(self, node: int) -> None:
        """Close a node's port, as if its cable were pulled; its radio goes on."""
        await self._servers[node].close()

    async def plug(self, node: int) -> None:
        """Open a node's port again, at the same address."""
        host, port = self.addresses[node]
        await _listen(self._servers[node], host, port)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that happens in the mesh makes a condition true."""
        await self._driver.until(condition)

    def has_client(self, node: int) -> bool:
        """Say whether a client is connected to a node."""
        return self._servers[node].has_client

    def restart(self, node: int) -> None:
        """Restart a node's firmware now."""
        self._driver.act(lambda: self.nodes[node].admin.restart_in(0.0))

    def switch(self, node: int, *, on: bool) -> None:
        """Switch a node's radio off or on; its port stays as it is."""
        self._driver.act(lambda: self.mesh.switch(node, on=on))

    def set_edges(self, edges: Edges) -> None:
        """Change who hears whom."""
        self._driver.act(lambda: self.mesh.set_edges(edges))

    def partition(self, groups: Iterable[Iterable[int]]) -> None:
        """Cut the mesh into groups that do not hear each other."""
        self._driver.act(lambda: self.mesh.partition(groups))

    def heal(self) -> None:
        """Undo every cut."""
        self._driver.act(self.mesh.heal)

    def _introduce(self) -> None:
        """Let nodes know each other from the start, as after a day of NodeInfo broadcasts."""
        for index, node in enumerate(self.nodes):
            nearby = self.mesh.neighbours(index)
            for other, hops in self.mesh.hops_from(index).items():
                state = self.nodes[other].state
                node.state.known[state.number] = KnownNode(state.owner, nearby.get(other, 0.0), hops)


async def _listen(server: DeviceServer, host: str, port: int) -> Address:
    try:
        return await server.listen(host, port)
    except ValueError as error:  # of the codec that makes a name of it
        raise ConfigError(f"host {host!r} is no address or name of a machine; try 127.0.0.1.") from error
    except OSError as error:
        raise ConfigError(
            f"Port {port} on {host} cannot be opened ({error.strerror}); "
            "choose another base_port, or 0 for free ones."
        ) from error


def node_settings(scenario: Scenario, index: int) -> DeviceSettings:
    """Return what node `index` starts with; the same seed gives the same numbers and keys."""
    chosen = next((table for table in scenario.node if table.number == index), NodeTable(number=index))
    seed = sha256(f"meshboard virtual node {scenario.seed}/{index}".encode()).digest()
    public_key = X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    mac = bytes((0x02,)) + seed[:5]
    firmware = Firmware(scenario.firmware)
    # 2.7 takes the last four bytes of the MAC address; 2.8 a hash of the key
    number = int.from_bytes(mac[2:], "big") if firmware is Firmware.V2_7 else crc32(public_key)
    return DeviceSettings(
        number=NodeNumber(number),
        mac=mac,
        public_key=public_key,
        long_name=chosen.long_name or f"Virtual node {index}",
        short_name=chosen.short_name or f"V{index:03d}"[:4],
        firmware=firmware,
        preset=scenario.preset,
        region=scenario.region,
        hop_limit=scenario.hop_limit,
        is_strict=scenario.strict,
        channels=(PUBLIC_CHANNEL, *_secondary_channels(scenario, chosen)),
    )


def _secondary_channels(scenario: Scenario, chosen: NodeTable) -> Iterable[ChannelSettings]:
    tables = () if chosen.number in scenario.strangers else scenario.channels
    if chosen.channels is not None:
        tables = chosen.channels
    return [ChannelSettings(table.name, bytes.fromhex(table.psk)) for table in tables]


async def run(path: Path, report: Callable[[str], None]) -> None:
    """Run the mesh in a scenario file until cancelled, reporting each node's address."""
    scenario = read_scenario(path)
    virtual_mesh = VirtualMesh(scenario)
    await virtual_mesh.start()
    try:
        report(
            f"{scenario.name}: {scenario.nodes} nodes, {scenario.preset}, {scenario.speed:g} times real time"
        )
        for index, (host, port) in enumerate(virtual_mesh.addresses):
            owner = virtual_mesh.nodes[index].state.owner
            report(f"node {index}  {owner.id}  {owner.long_name}  tcp://{host}:{port}")
        await asyncio.Event().wait()
    finally:
        await virtual_mesh.stop()
