"""An independent decoder of frames and entries, written from docs/protocol.md alone: sections 1, 3 and 6.

It imports nothing of meshboard, and gives plain values, bytes as hexadecimal, by the names in vectors.json.
What has no form that the document allows raises ValueError. Likewise: independent_words, _keys, _stretches.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from tests.wire.independent_keys import need, sha
from tests.wire.independent_stretches import stretch

Said = dict[str, object]
Close = tuple[int, int, bytes, int, int, bytes]
Words = Callable[[int, bytes], list[str]]  # codec and packed words to fields
FACTS = """StationIntroduced box_key:0 words(name)|PostPublished post|PostEdited post:subject post(edit)
PostWithdrawn post:subject|PostNoted post:subject words(text,signed_as)|PostClaimed post:subject terms
ClaimAccepted claim:subject|ClaimReleased claim:subject|ClaimDelivered claim:subject
ClaimConfirmed claim:subject|CircleFounded box_key:32 words(name,time_zone)
StationIntroduced box_key:32 words(name)|InviteMade invite:8 uses:byte expires_at:time
StationJoined invite_key:32 proof:64|InviteClosed invite:8 kept:member*|AuthorVouched member:8 after:8?
VouchWithdrawn member:8 cuts:cut*|EpochBegun parent:8 commitment:16 removed:cut*
ClaimKeyOffered key:32|ContactHanded claim:subject sealed:contact
PostFlagged post:subject is_flagged:yes""".replace("\n", "|").split("|")
FRAMES = """reserved|Entries items|Beacon speaker:speaker state:4 told:told?
Summary speaker:speaker span:span lines:line*|Request speaker:speaker asks:ask+|Entries items(keyed)
Hello speaker:speaker epoch:8
Keys head:4 epoch:8 number:varint wrapped:wrapped+""".replace("\n", "|").split("|")
PARTS = {"cut": "member:member incarnation:byte number:varint", "place": "head:4 incarnation:byte"}
PARTS |= {"speaker": "head:4 counter:varint", "wrapped": "head:4 key:40"}
PARTS |= {"told": "table:2 start:varint ranges:held+"}


class Later(Exception):  # noqa: N818 -- what only a later version understands is no error
    pass


def varints(*values: int) -> bytes:
    return b"".join(bytes([n & 127 | 128]) + varints(n >> 7) if n > 127 else bytes([n]) for n in values)


def entry_of(packed: bytes, author: bytes, circle: bytes, words: Words) -> Said:
    part = Part(packed)
    kind, flags = part.byte(63), part.byte()
    incarnation, number = part.byte() if flags & 128 else 0, part.varint()
    need(not flags & 1 and flags >> 3 & 3 < 3 and number > 0 and bool(flags & 128) == (incarnation > 0))
    actor = part.take(8) if flags >> 3 & 3 else author[:8]
    count, time = part.varint(), part.time()
    body = Body(part.take(8).hex() if flags & 64 else "", flags >> 1 & 3, words)
    header, rest = packed[: len(packed) - len(part.content)], part.content
    need(len(packed) < 256 and (len(rest) >= 8 or not flags & 32))
    body.content = rest[8 if flags & 32 else 0 :]
    states = body.states(kind)
    is_salted_so = body.has_words == (flags & 32 > 0) == (flags & 38 > 0)
    need(states["fact"] == "Unknown" or (is_salted_so and not (10 <= kind <= 18 and flags >> 3 & 3)))
    digest = sha(b"meshboard entry 1", circle, author, header, sha(rest)).hex()
    said: Said = {"actor_kind": flags >> 3 & 3, "actor": actor.hex(), "count": count, "time": time}
    return {"incarnation": incarnation, "number": number, "digest": digest, **said, "states": states}


class Part:
    """Bytes read from their beginning: `read` takes name:form …, or a form that gives names of its own."""

    def __init__(self, content: bytes) -> None:
        self.content, self.last = content, ""

    def take(self, size: int) -> bytes:
        need(size <= len(self.content))
        taken, self.content = self.content[:size], self.content[size:]
        return taken

    def byte(self, most: int = 255) -> int:
        byte = self.take(1)[0]
        need(byte <= most)
        return byte

    def yes(self) -> bool:
        return self.byte(1) == 1

    def varint(self) -> int:
        value = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                need(value < 2**32 and (byte > 0 or not shift))
                return value
        raise ValueError

    def time(self, least: int = 0) -> int | None:
        value = self.varint()
        need(value >= least)
        return value + 1_704_067_199 if value else None

    def read(self, grammar: str) -> Said:
        said: Said = {}
        for word in grammar.split():
            name, _, form = word.partition(":")
            value = self.form(form or name)
            said |= {name: value} if form or not isinstance(value, dict) else value
        return said

    def form(self, form: str) -> object:
        if form[-1] in "*+":
            values = [self.form(form[:-1])] if form[-1] == "+" else []
            while self.content:
                values.append(self.form(form[:-1]))
            return values
        if form[-1] == "?":
            return self.form(form[:-1]) if self.content else None
        if form in PARTS:
            return self.read(PARTS[form])
        name, _, names = form.rstrip(")").partition("(")
        read: Callable[..., object] = getattr(self, "take" if form.isdigit() else name)
        value = read(int(form)) if form.isdigit() else read(*names.split(",")) if names else read()
        return value.hex() if isinstance(value, bytes) else value


class Body(Part):
    """What an entry states."""

    def __init__(self, about: str, codec: int, words: Words) -> None:
        super().__init__(b"")
        self.about, self.codec, self.unpack, self.has_words = about, codec, words, False

    def states(self, kind: int) -> Said:
        whole, self.most = self.content, 4 if kind == 17 else 10
        try:
            if kind >= len(FACTS) or self.codec == 3:
                raise Later
            name, _, grammar = FACTS[kind].partition(" ")
            said = {"fact": name, **self.read(grammar)}
        except Later:
            return {"fact": "Unknown", "kind": kind, "body": whole.hex()}
        need(not self.content and (self.about != "") == (":subject" in grammar))
        return said

    def subject(self) -> str:
        return self.about

    def rest(self) -> bytes:
        return self.take(len(self.content))

    def contact(self) -> bytes:
        need(len(self.content) in (64, 80, 96, 112))
        return self.rest()

    def member(self) -> str:
        self.last, before, self.most = self.take(8).hex(), self.last, self.most - 1
        need(self.last > before and self.most >= 0)
        return self.last

    def fields(self) -> list[str]:
        self.has_words = True
        return self.unpack(self.codec, self.rest())

    def words(self, *names: str) -> Said:
        fields = self.fields()
        need(names[-1] != "time_zone" or re.fullmatch(r"[\w+/-]{,32}", "".join(fields[1:]), re.ASCII))
        return dict(zip(names, fields + [""] * (len(names) - len(fields)), strict=True))

    def post(self, edit: str = "") -> Said:
        a, b = self.byte(), self.byte()
        if b & 1 or b >> 3 > 17:
            raise Later
        hours = self.varint()
        need(1 <= hours <= 8760 and b & 6 != 2)
        amount = self.amount() if a & 1 else None
        starts = self.time(1) if b & 4 else None
        ends = starts + self.varint() if starts and b & 2 else None
        fields = self.fields()
        text, unit, place, signed_as, *tags = fields + [""] * (4 - len(fields))
        need(len(tags) <= 8 and all(tags) and max(len(unit.encode()), len(place.encode())) <= 24)
        need((unit == "" or amount is not None) and (edit == "" or signed_as == ""))
        said: Said = {
            "kind": a >> 6,
            "urgency": a >> 4 & 3,
            "hand_off": a >> 2 & 3,
            "has_contact": bool(a & 2),
        }
        said |= {"category": b >> 3, "lifetime_hours": hours, "text": text, "place": place, "tags": tags}
        said["quantity"] = {"amount": amount, "unit": unit} if amount else None
        said["window"] = {"starts_at": starts, "ends_at": ends} if starts else None
        return {"content": said} | ({} if edit else {"signed_as": signed_as})

    def terms(self) -> Said:
        c = self.byte()
        if c & 7 or c >> 4 & 3 == 3:
            raise Later
        quantity = {"amount": self.amount(), "unit": ""} if c & 128 else None
        by_when = self.time(1) if c & 64 else None
        after = [self.take(8).hex() for _ in range(c >> 4 & 3)]
        words = self.words("note", "signed_as") if c & 8 else {"note": "", "signed_as": ""}
        need(any(words.values()) == bool(c & 8))
        return {"quantity": quantity, "by_when": by_when, "after": after, **words}

    def amount(self) -> str:
        scaled, d = divmod(self.varint(), 4)
        need(d < 3 and 0 < scaled <= 1_000_000 * 10**d and (d == 0 or scaled % 10 > 0))
        return str(Decimal(scaled).scaleb(-d))


class Frame(Part):
    end = "the last place there is, in the order of hexadecimal"

    def says(self, kind: int) -> Said:
        name, _, grammar = FRAMES[kind].partition(" ")
        said = {"frame": name, **self.read(grammar)}
        need(not self.content)
        return said

    def items(self, keyed: str = "") -> Said:
        items = [self.item(keyed != "")]
        while self.content and self.content[0]:
            items.append(self.item(keyed != ""))
        told = self.read("end:byte told:told")["told"] if self.content else None
        return {"items": items, "is_keyed": keyed != "", "told": told}

    def item(self, is_keyed: bool) -> Said:
        form, link, entries, before = self.byte(), b"", [], None
        if form & 196 == 196 and not is_keyed:
            return stretch(self, form)
        if form < 192:
            entries.append(self.take(form))
            form, first = 8, Part(entries[0][2 + entries[0][1] // 128 :]).varint()
            author = self.take(32 if is_keyed or first == 1 else 4)
            need(entries[0][0] < 64 and first > 0)
        else:
            n, incarnation, first = self.byte(64), self.take(form >> 5 & 1), self.varint()
            author = self.take(32 if is_keyed or first == 1 else 4)
            link = self.take(16 if form & 16 else 0)
            need(n > 0 and 0 < first < 2**32 - n and incarnation != b"\0" and not form & 7)
            need((first > 1 or not link) and (n > 1 or link or not form & 8))
            for number in range(first, first + n):
                kind, flags, actor, count, time, rest = before = self.close(before)
                start = bytes([kind, flags | form << 2 & 128]) + incarnation + varints(number) + actor
                entries.append(start + varints(count, time) + rest)
                need(len(entries[-1]) < 256)
        whole, signature = author.hex() if len(author) == 32 else None, self.take(64 if form & 8 else 0)
        said = {"head": author[:4].hex(), "author": whole, "link": link.hex(), "signature": signature.hex()}
        return {"packed": [one.hex() for one in entries], **said}

    def close(self, before: Close | None) -> Close:
        lead = self.byte(63 if before is None else 255)
        flags = before[1] if before and lead & 128 else self.byte(127)
        size, actor = self.byte(), self.take(8 if flags >> 3 & 3 else 0)
        count, time = self.varint(), self.varint()
        if before and lead & 64:
            count, time = count + before[3], time + before[4]
        rest = self.take(size + (8 if flags & 64 else 0))
        need(not flags & 1 and max(count, time) < 2**32)
        if before:
            since = count - before[3], time - before[4]
            shorter = min(since) >= 0 and len(varints(*since)) < len(varints(count, time))
            need(bool(lead & 128) == (flags == before[1]) and bool(lead & 64) == shorter)
        return lead & 63, flags, actor, count, time, rest

    def held(self) -> list[list[int]]:
        shape = self.varint()
        need(shape > 0)
        ranges = self.ranges(shape >> 1) if shape & 1 else [[1, shape >> 1]]
        need(not (shape == 3 and ranges[0][0] == 1))
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
        said = {"place": place, "ranges": ranges, "short_digest": digest.hex()}
        return said | {"is_waiting": bool(shape & 32)}

    def ask(self) -> Said:
        said = self.read("place:place first:varint")
        pieces = [(self.varint(), self.take(3).hex()) for _ in range(self.byte(16))]
        need(pieces and said["first"] and all(count for count, _ in pieces))
        need(int(str(said["first"])) + sum(count for count, _ in pieces) < 2**32)
        return said | {"pieces": [list(piece) for piece in pieces]}
