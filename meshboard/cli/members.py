"""Commands on the people of a circle: who is in, vouch, take somebody out, change the key."""

from collections.abc import Sequence
from typing import Annotated

import typer

from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson
from meshboard.cli.output import confirm, print_json
from meshboard.domain.text import shown_line
from meshboard.errors import RuleError
from meshboard.station.board.service import Service
from meshboard.station.circle.circle_people import CirclePerson
from meshboard.ui.format import OLD_CODES, counted, key_letters

ID_LETTERS = 8  # of an author's key in hexadecimal: enough to tell two people of one name apart

_OLD_CODES = f"{OLD_CODES} meshboard circle invite --again XXXX"

IsSure = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Name = Annotated[str, typer.Argument(help="Their name, or the beginning of their id.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those on circles."""
    app.command()(people)
    app.command()(vouch)
    app.command()(withdraw)
    app.command()(remove)
    app.command()(rekey)


def people(context: typer.Context, as_json: AsJson = False) -> None:
    """List everybody this circle knows of, and who vouches for whom."""
    with open_service(context) as service:
        found = service.circle.people()
        if as_json:
            print_json([_person_json(person) for person in found])
            return
        for person in found:
            typer.echo(_person_words(person))


def vouch(context: typer.Context, name: Name) -> None:
    """Vouch for somebody you have met, so that what they write counts for everybody."""
    with open_service(context) as service:
        person = find_person(service, name)
        service.circle.vouch(person.author)
        typer.echo(
            f"You vouch for {person.name}, whose key is {key_letters(person.author)}: is that what the "
            "circle screen of their board says? If not: meshboard circle withdraw. Everybody sees that you "
            "vouch."
        )


def withdraw(context: typer.Context, name: Name, is_sure: IsSure = False) -> None:
    """Take your vouch for somebody back; whoever stood by that alone stands no more."""
    with open_service(context) as service:
        person = find_person(service, name)
        falling = service.circle.preview_withdraw(person.author)
        confirm(_withdrawal_words(person, falling), "Take it back", is_sure=is_sure)
        service.circle.withdraw_vouch(person.author)
        typer.echo(f"You do not vouch for {person.name} any more.")


def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Who; at most four.", metavar="NAME...")],
    is_sure: IsSure = False,
) -> None:
    """Take members out: the circle gets a new key that they are not given."""
    with open_service(context) as service:
        chosen = [find_person(service, name) for name in names]
        service.circle.check_removal([person.author for person in chosen])
        who = " and ".join(person.name for person in chosen)
        confirm(
            f"{who} will read nothing that is posted from now on, and nothing they write later counts. What "
            "they wrote so far stays, what they have read they keep, and who came in by them stays in. "
            "Everybody sees that it was you.",
            f"Take {who} out",
            is_sure=is_sure,
        )
        service.circle.remove([person.author for person in chosen])
        typer.echo(f"{who} is out. The others get the new key as they are heard. {_OLD_CODES}")


def rekey(context: typer.Context) -> None:
    """Change the circle's key, for instance after a machine was lost; nobody is taken out by it."""
    with open_service(context) as service:
        service.circle.rekey()
        typer.echo(f"The circle has a new key. The others get it as they are heard. {_OLD_CODES}")


def find_person(service: Service, typed: str) -> CirclePerson:
    """Return whom a typed name means: the whole name, its beginning, or the beginning of an id."""
    wanted, everybody = typed.strip().casefold(), service.circle.people()
    exact = [person for person in everybody if person.name.casefold() == wanted]
    begins = [person for person in everybody if wanted and person.name.casefold().startswith(wanted)]
    by_id = [person for person in everybody if len(wanted) >= 4 and person.author.hex().startswith(wanted)]
    found = exact or begins or by_id
    if not found:
        raise RuleError(
            f"Nobody here is called “{shown_line(typed.strip())}”. See who is: meshboard circle people"
        )
    if len(found) > 1:
        ids = ", ".join(f"{person.name} {_id(person)}" for person in found)
        raise RuleError(f"Several people are meant. Say the beginning of the id instead: {ids}.")
    return found[0]


def _withdrawal_words(person: CirclePerson, falling: Sequence[str]) -> str:
    if not falling:
        return f"Others vouch for {person.name} too, so nobody leaves the circle by it."
    names = ", ".join(falling)
    return (
        f"{counted(len(falling), 'member')} will count no more: {names}. What they wrote so far stays; "
        "nothing they write later counts, until somebody vouches for them again. They can still read until "
        "the key is changed, after this: meshboard circle rekey"
    )


def _person_words(person: CirclePerson) -> str:
    marks = [
        "you" if person.is_me else "",
        "founder" if person.is_founder else "",
        "member" if person.is_member else "",
        f"taken out by {', '.join(person.removed_by)}" if person.removed_by else "",
        "what they write still counts: take them out yourself" if person.writes_on else "",
        "waits for somebody to vouch" if person.waits_for_vouch else "",
        f"vouched for by {', '.join(person.vouched_by)}" if person.vouched_by else "",
        f"vouches for {', '.join(person.vouches_for)}" if person.vouches_for else "",
        "signed two entries under one number: a restored copy, or a lie" if person.forks else "",
        "cannot be given a new key yet" if person.is_member and not person.has_box_key else "",
    ]
    return f"{person.name}  {_id(person)}  {'; '.join(mark for mark in marks if mark)}"


def _id(person: CirclePerson) -> str:
    return person.author.hex()[:ID_LETTERS]


def _person_json(person: CirclePerson) -> dict[str, object]:
    return {
        "id": person.author.hex(),
        "name": person.name,
        "is_me": person.is_me,
        "is_member": person.is_member,
        "is_founder": person.is_founder,
        "vouched_by": list(person.vouched_by),
        "vouches_for": list(person.vouches_for),
        "removed_by": list(person.removed_by),
        "waits_for_vouch": person.waits_for_vouch,
        "entries": person.entries,
        "forks": person.forks,
        "has_box_key": person.has_box_key,
        "writes_on": person.writes_on,
    }
