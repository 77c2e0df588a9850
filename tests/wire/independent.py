"""An independent decoder of entries, written from docs/protocol.md alone: sections 1 and 3.

It imports nothing of meshboard, and gives plain values, bytes as hexadecimal, by the names in vectors.json.
What has no form that the document allows raises ValueError. Written likewise: independent_frames.py for
section 6, independent_words.py for section 4, independent_keys.py for keys, seals and invites.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from tests.wire.independent_keys import need, sha

Said = dict[str, object]
Words = Callable[[int, bytes], list[str]]  # codec and packed words to fields
FACTS = """none|PostPublished post|PostEdited post:subject post(edit)
PostWithdrawn post:subject|PostNoted post:subject words(text,signed_as)|PostClaimed post:subject terms
ClaimAccepted claim:subject|ClaimReleased claim:subject|ClaimDelivered claim:subject
ClaimConfirmed claim:subject|CircleFounded box_key:32 words(name,time_zone)
StationIntroduced box_key:32 words(name)|InviteMade invite:8 uses:byte expires_at:time
StationJoined invite_key:32 proof:64|InviteClosed invite:8 kept:member*|AuthorVouched member:8 after:8?
VouchWithdrawn member:8 cuts:cut*|EpochBegun parent:8 commitment:16 removed:cut*
ClaimKeyOffered key:32|ContactHanded claim:subject sealed:contact
PostFlagged post:subject is_flagged:yes""".replace("\n", "|").split("|")
PARTS = {"cut": "member:member incarnation:byte number:varint", "place": "head:4 incarnation:byte"}
PARTS |= {"speaker": "head:4 counter:varint", "wrapped": "head:4 key:40"}
PARTS |= {"told": "table:2 start:varint ranges:logs waits:waiting"}


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
            if not 0 < kind < len(FACTS) or self.codec == 3:
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
        said: Said = {"kind": a >> 6, "urgency": a >> 4 & 3, "hand_off": a >> 2 & 3}
        said |= {"category": b >> 3, "lifetime_hours": hours, "text": text, "place": place, "tags": tags}
        said["has_contact"] = bool(a & 2)
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
