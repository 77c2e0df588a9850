"""Say a circle, its people, its invites and what an act on them leads to in words. Pure functions."""

from collections.abc import Sequence

from textual.content import Content

from meshboard.station.circle.circle_people import CirclePerson, CircleView, InviteLine
from meshboard.ui.cells import cut, fit
from meshboard.ui.format import OLD_CODES, counted, how_long, key_letters, moment

NAME_CELLS = 22
STATE_CELLS = 18
_ROOMY_CELLS, _NARROW_NAME_CELLS = 68, 14  # windows of 60 columns shorten names before they cut who vouched


def circle_words(circle: CircleView) -> Content:
    """Return who the circle is, how it is carried, and what stands in the way."""
    founder = f" · founded by {circle.founder}" if circle.founder else ""
    lines = [
        Content.assemble((circle.name, "bold"), f" · {belonging(circle)}", (founder, "$quiet")),
        Content.assemble(key_words(circle), (f" · {plan_words(circle)}", "$quiet")),
    ]
    if circle.sentence:
        lines.append(Content.styled(f"! {circle.sentence}", "$warning"))
    elif circle.key_state == "a new key is due":
        lines.append(
            Content.styled(
                "! Somebody who was taken out may still have the key in use. A new key comes by itself "
                "within half an hour; k makes one now.",
                "$warning",
            )
        )
    return Content("\n").join(lines)


def belonging(circle: CircleView) -> str:
    """Return whether this station's member counts in the circle, with a sign."""
    if circle.am_member:
        return "√ you are a member"
    if circle.removed_by:
        return "× you were taken out"
    return "? you are no member yet" if not circle.founder else "? nobody vouches for you"


def key_words(circle: CircleView) -> str:
    """Return which of the circle's keys is in use: `key 3 in use`."""
    if circle.removed_by:
        return "no key: you were taken out"
    name = f"key {circle.epoch}" if circle.epoch else "the first key"
    match circle.key_state:
        case "in use":
            return f"{name} in use"
        case "a new key is due":
            return f"{name} in use, a new one is due"
        case _:
            return f"waiting for key {circle.epoch}"


def plan_words(circle: CircleView) -> str:
    """Return how the circle is carried: `US LONG_FAST, slot 2 · channel mbOAK · America/Chicago`."""
    slot = f", slot {circle.slot}" if circle.slot else ""
    zone = f" · {circle.time_zone}" if circle.time_zone else ""
    return f"{circle.region} {circle.preset}{slot} · channel {circle.channel}{zone}"


def standing(person: CirclePerson) -> str:
    """Return where somebody stands in the circle, in a few words with a sign."""
    if person.is_member:
        return "√ founder" if person.is_founder else "√ member"
    if person.removed_by:
        return "× out"
    return "? asks for a vouch" if person.entries or person.has_box_key else "? not heard yet"


def short_standing(person: CirclePerson) -> str:
    """Return the same in at most 10 cells."""
    if person.is_member or person.removed_by:
        return standing(person)
    return "? no vouch"


def person_line(person: CirclePerson, width_cells: int) -> Content:
    """Return somebody in one line: who, where they stand, who vouched for them."""
    marks = "≠ forked" if person.forks else ""
    name = f"{person.name} (you)" if person.is_me else person.name
    why = " · ".join(words for words in (marks, _because(person)) if words)
    return _columns(name, standing(person), why, width_cells)


def person_words(person: CirclePerson) -> str:
    """Return what else is known of somebody, in sentences."""
    of_whom, whose = ("yours", "Your") if person.is_me else ("theirs", "Their")
    parts = [f"{counted(person.entries, 'entry')} of {of_whom} here."] if person.is_member else []
    if person.vouches_for:
        who = "You vouch" if person.is_me else f"{person.name} vouches"
        parts.insert(0, f"{who} for {listed(person.vouches_for)}.")
    parts.append(f"{whose} key: {key_letters(person.author)}.")
    if person.forks:
        parts.append(
            "≠ Two entries under one number are signed by them: a copy of their board was restored, or "
            "somebody else has their key. Ask them; if in doubt, take them out and invite them anew."
        )
    if person.writes_on:
        parts.append("What they write still counts: who took them out left it open. Take them out yourself.")
    if person.is_member and not person.has_box_key:
        parts.append(
            "A new key cannot be sealed to them: their board is too old. They would need a new invite."
        )
    return " ".join(parts)


def invite_line(invite: InviteLine, now: int | None, width_cells: int) -> Content:
    """Return an invite in one line: its letters, whether it is open, who used it."""
    used = f"used by {listed(invite.joined)}" if invite.joined else "used by nobody yet"
    late = f" · turned away: {listed(invite.turned_away)}" if invite.turned_away else ""
    whose = "yours" if invite.is_mine else f"by {invite.by}"
    return _columns(f"{invite.letters} ({whose})", invite_state(invite, now), used + late, width_cells)


def invite_words(invite: InviteLine, now: int | None) -> str:
    """Return an invite in sentences."""
    who = "you" if invite.is_mine else invite.by
    parts = [f"Invite {invite.letters} by {who}, {uses_words(invite.uses)}: {invite_state(invite, now)[2:]}."]
    parts.append(f"Used by {listed(invite.joined)}." if invite.joined else "Used by nobody yet.")
    if invite.turned_away:
        parts.append(f"Turned away, too late or one too many: {listed(invite.turned_away)}.")
    return " ".join(parts)


def invite_state(invite: InviteLine, now: int | None) -> str:
    """Return whether anybody can still join with an invite, with a sign: `○ open, 3 days`."""
    if invite.uses and len(invite.joined) >= invite.uses:
        return "× used up"
    if invite.is_closed:
        return "× closed"
    if invite.expires_at is None:
        return "○ open, no end"
    if now is None:
        return f"○ until {moment(invite.expires_at)}"
    left_s = invite.expires_at - now
    return "× expired" if left_s <= 0 else f"○ open, {how_long(left_s)}"


def is_open(invite: InviteLine, now: int | None) -> bool:
    """Say whether somebody can still join with an invite, as far as this clock tells."""
    return invite_state(invite, now).startswith("○")


def uses_words(uses: int) -> str:
    """Return for how many people an invite is."""
    return (
        f"for {counted(uses, 'person')}".replace("persons", "people") if uses else "for any number of people"
    )


def vouch_words(person: CirclePerson) -> str:
    """Return what a vouch leads to."""
    again = f"{person.name} was taken out by {listed(person.removed_by)}. " if person.removed_by else ""
    return (
        f"{again}All they write counts from now on, at every board, and they can invite others. Anybody can "
        "take any name: compare this with the circle screen of their board, face to face.\n"
        f"Their key: {key_letters(person.author)}\n"
        "You can take it back later, with w."
    )


def withdrawal_words(person: CirclePerson, falling: Sequence[str]) -> str:
    """Return what taking back a vouch leads to; `falling` are those who would count no more."""
    if not falling:
        return f"Others vouch for {person.name} too: {person.name} and whom they vouched for stay members."
    stay = "What they wrote so far stays. "
    read = "They can still read until the key is changed: also change it?"
    return (
        f"{_count_no_more(falling)} What they post from now on is shown by nobody. {stay}{read}\n"
        "Any member can undo it by vouching again."
    )


def removal_words(gone: Sequence[CirclePerson], people: Sequence[CirclePerson]) -> str:
    """Return what taking people out leads to, `people` being everybody the circle knows of."""
    out = {person.author for person in gone}
    stay = [one for one in people if one.is_member and not one.is_me and one.author not in out]
    keyless = [one.name for one in stay if not one.has_box_key]
    who = listed([person.name for person in gone])
    reads = "reads" if len(gone) == 1 else "read"
    words = (
        f"{who} {reads} nothing sealed later. What was posted and read until now stays, so does whom they "
        f"vouched for. {_given_words(len(stay) - len(keyless))}"
    )
    if keyless:
        words += f" It cannot be sealed to {listed(keyless)}: they need a new invite."
    return f"{words} {OLD_CODES}\nA vouch takes them in again, with v."


def rekey_words(people: Sequence[CirclePerson]) -> str:
    """Return what a new key leads to."""
    others = sum(1 for one in people if one.is_member and not one.is_me and one.has_box_key)
    return (
        "Worth it after a machine was stolen or a code was seen. Nobody is taken out. "
        f"{_given_words(others)} A board it has not reached yet keeps what is posted there until then. "
        f"{OLD_CODES}"
    )


def listed(names: Sequence[str], at_most: int = 6) -> str:
    """Return names as people say them: `Ana`, `Ana and Bo`, `Ana, Bo and 3 others`."""
    shown = list(names[:at_most])
    if len(names) > at_most:
        shown.append(f"{len(names) - at_most} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nobody"


def _given_words(count: int) -> str:
    if not count:
        return "Nobody else is there to get the new key."
    return f"{counted(count, 'other')} {'gets' if count == 1 else 'get'} the new key, over the radio."


def _count_no_more(names: Sequence[str]) -> str:
    return f"{listed(names)} {'counts' if len(names) == 1 else 'count'} no more."


def _because(person: CirclePerson) -> str:
    if person.removed_by:
        return f"taken out by {listed(person.removed_by)}"
    if person.vouched_by:
        return f"vouched for by {listed(person.vouched_by)}"
    return ""


def _columns(first: str, second: str, rest: str, width_cells: int) -> Content:
    name_cells = NAME_CELLS if width_cells >= _ROOMY_CELLS else _NARROW_NAME_CELLS
    room = width_cells - name_cells - STATE_CELLS - 2
    words = cut(rest, room) if room > 0 else ""  # no colour of its own: the cursor's line changes it
    return Content.assemble((fit(first, name_cells), "bold"), " ", fit(second, STATE_CELLS), " ", words)
