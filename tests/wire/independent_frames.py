"""An independent decoder of frames, written from docs/protocol.md alone: section 6.

As independent.py, which reads the entries in them: nothing of meshboard, plain values, and ValueError.
"""

from tests.wire.independent import PARTS, Part, Said, varints
from tests.wire.independent_keys import need, sha

Close = tuple[int, int, bytes, int, int, bytes, bytes]
FRAMES = """reserved|Entries items|Beacon speaker:speaker state:4 told:told?
Summary speaker:speaker span:span lines:line*|Request speaker:speaker asks:ask*|Entries items(keyed)
Hello speaker:speaker epoch:8
Keys head:4 epoch:8 number:varint wrapped:wrapped+""".replace("\n", "|").split("|")


def salt_of(key: bytes, incarnation: bytes, number: int) -> bytes:
    return sha(b"meshboard salt 1", key, incarnation or b"\0", number.to_bytes(4, "big"))[:8]


def salted(single: bytes) -> tuple[bytes, bytes]:
    """Return a single as it was packed, and its salt key; what has a part of a later version as it is."""
    flags, part = single[1], Part(single[2:])
    if not flags & 1 or flags >> 3 & 3 == 3:
        return single, b""
    incarnation, number = part.take(flags >> 7), part.varint()
    part.take(8 if flags >> 3 & 3 else 0), part.varint(), part.varint(), part.take(8 if flags & 64 else 0)
    header = single[2 : len(single) - len(part.content)]
    rest, key = salt_in(part.content, flags, incarnation, number, {})
    return bytes([single[0], flags & 254]) + header + rest, key


def salt_in(
    rest: bytes, flags: int, incarnation: bytes, number: int, of_block: dict[int, bytes]
) -> tuple[bytes, bytes]:
    """Return the rest of an entry with its salt, and its salt key: empty where it has none."""
    block, part = (number - 1) // 64, Part(rest)
    if not flags & 1:
        is_known = flags & 32 and block in of_block
        need(not is_known or rest[:8] != salt_of(of_block[block], incarnation, number))
        return rest, b""
    need(flags & 32)
    if block not in of_block:
        of_block[block] = part.take(8)
    return salt_of(of_block[block], incarnation, number) + part.content, of_block[block]


class Frame(Part):
    end = "the last place there is, in the order of hexadecimal"

    def says(self, kind: int) -> Said:
        name, _, grammar = FRAMES[kind].partition(" ")
        said = {"frame": name, **self.read(grammar)}
        need(not self.content)
        return said if said.get("asks", [""]) else {"frame": "Reminder", "speaker": said["speaker"]}

    def items(self, keyed: str = "") -> Said:
        items = [self.item(keyed != "")]
        while self.content and self.content[0]:
            items.append(self.item(keyed != ""))
        told = self.read("end:byte told:told")["told"] if self.content else None
        return {"items": items, "is_keyed": keyed != "", "told": told}

    def item(self, is_keyed: bool) -> Said:
        form, link, entries, salt_keys, before = self.byte(), b"", [], [], None
        if form & 196 == 196 and not is_keyed:
            return self.stretch(form)
        if form < 192:
            packed, key = salted(self.take(form))
            form, first = 8, Part(packed[2 + packed[1] // 128 :]).varint()
            author = self.take(32 if is_keyed or first == 1 else 4)
            need(packed[0] < 64 and first > 0)
            entries, salt_keys = [packed], [key]
        else:
            n, incarnation, first = self.byte(64), self.take(form >> 5 & 1), self.varint()
            author = self.take(32 if is_keyed or first == 1 else 4)
            link = self.take(16 if form & 16 else 0)
            need(n > 0 and 0 < first < 2**32 - n and incarnation != b"\0" and not form & 7)
            need((first > 1 or not link) and (n > 1 or link or not form & 8))
            of_block: dict[int, bytes] = {}
            for number in range(first, first + n):
                kind, flags, actor, count, time, subject, rest = before = self.close(before)
                rest, key = salt_in(rest, flags, incarnation, number, of_block)
                start = bytes([kind, flags & 126 | form << 2 & 128]) + incarnation + varints(number) + actor
                entries.append(start + varints(count, time) + subject + rest)
                salt_keys.append(key)
                need(len(entries[-1]) < 256)
        whole, signature = author.hex() if len(author) == 32 else None, self.take(64 if form & 8 else 0)
        said: Said = {"salt_keys": [key.hex() for key in salt_keys] if any(salt_keys) else []}
        said |= {"head": author[:4].hex(), "author": whole, "link": link.hex(), "signature": signature.hex()}
        return {"packed": [one.hex() for one in entries], **said}

    def stretch(self, form: int) -> Said:
        incarnation = self.byte() if form & 32 else 0
        first, n, head = self.varint(), self.varint(), self.take(4)
        more = self.varint() if form & 16 else 0
        need(not form & 11 and bool(incarnation) == (form & 32 > 0) and bool(more) == (form & 16 > 0))
        need(first > 1 and 0 < n < 2**32 - first and more <= n)
        said: Said = {"head": head.hex(), "incarnation": incarnation, "first": first, "last": first + n - 1}
        return said | {"count": n + more, "digest": self.take(32).hex()}

    def close(self, before: Close | None) -> Close:
        lead = self.byte(63 if before is None else 255)
        flags = before[1] if before and lead & 128 else self.byte(127)
        size, actor = self.byte(), self.take(8 if flags >> 3 & 3 else 0)
        count, time = self.varint(), self.varint()
        if before and lead & 64:
            count, time = count + before[3], time + before[4]
        subject, rest = self.take(8 if flags & 64 else 0), self.take(size)
        need(flags >> 3 & 3 < 3 and max(count, time) < 2**32)
        if before:
            since = count - before[3], time - before[4]
            shorter = min(since) >= 0 and len(varints(*since)) < len(varints(count, time))
            need(bool(lead & 128) == (flags == before[1]) and bool(lead & 64) == shorter)
        return lead & 63, flags, actor, count, time, subject, rest

    def logs(self) -> list[object]:
        held, step = list[object](), 0
        while not held or (self.content and self.content[0]):
            before, shape = step, self.varint()
            step = max(shape >> 1, 16) - 15 if shape & 1 and not 1 < shape < 34 else 0
            need(step == 0 or (step <= 512 and before in (0, 512)))
            held += [[]] * step or [self.held(shape)]
        self.place, self.last_place = -1, len(held) - 1
        return held

    def wait(self) -> list[object]:
        self.place, n = self.place + self.varint() + 1, self.byte(16)
        need(self.place <= self.last_place and n > 0)
        return [self.place, self.ranges(n)]

    def waiting(self) -> object:
        return self.read("0:byte waits:wait+")["waits"] if self.content else []

    def held(self, shape: int) -> list[list[int]]:
        ranges = self.ranges(shape >> 1) if shape & 1 else [[1, shape >> 1]]
        need(shape > 0 and not (shape == 3 and ranges[0][0] == 1))
        return ranges

    def ranges(self, n: int) -> list[list[int]]:
        need(n <= 16)
        ranges: list[list[int]] = []
        for _ in range(n):
            gap, more = self.varint(), self.varint()
            first = (ranges[-1][1] if ranges else 0) + 1 + gap
            need((gap > 0 or not ranges) and first + more < 2**32)
            ranges.append([first, first + more])
        return ranges

    def span(self) -> list[Said] | None:
        if not self.yes():
            return None
        self.last, self.end = self.content[:5].hex(), self.content[5:10].hex()
        need(self.last <= self.end)
        return [self.read(PARTS["place"]), self.read(PARTS["place"])]

    def line(self) -> Said:
        head, shape = self.take(4), self.byte()
        incarnation = self.byte() if shape & 128 else 0
        need(shape & 31 > 0 and shape & 96 != 96 and bool(shape & 128) == (incarnation > 0))
        ranges, digest = self.ranges(shape & 31), self.take(0 if shape & 96 else 3)
        place, before = {"head": head.hex(), "incarnation": incarnation}, self.last
        self.last = head.hex() + f"{incarnation:02x}"
        need(before <= self.last <= self.end)
        return {"place": place, "ranges": ranges, "short_digest": digest.hex(), "is_waiting": shape & 32 > 0}

    def ask(self) -> Said:
        said = self.read("place:place first:varint")
        pieces = [(self.varint(), self.take(3).hex()) for _ in range(self.byte(16))]
        first, counts = int(str(said["first"])), [count for count, _ in pieces]
        need(pieces and first and all(counts) and first + sum(counts) < 2**32)
        return said | {"pieces": [list(piece) for piece in pieces]}
