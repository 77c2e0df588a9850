"""The arguments and options that several commands on posts share."""

from typing import Annotated

import typer

from meshboard.cli.parsing import one_of
from meshboard.domain.posts import Category, HandOff, Urgency

Code = Annotated[str, typer.Argument(help="The post's code, such as K7Q2.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CategoryOption = Annotated[
    Category | None,
    typer.Option("--category", "-c", help="What it is about.", **one_of(Category)),
]
UrgencyOption = Annotated[
    Urgency | None, typer.Option("--urgency", "-u", help="How pressing it is.", **one_of(Urgency))
]
QuantityOption = Annotated[str | None, typer.Option("--qty", "-q", help="How much, such as '5 gal'.")]
PlaceOption = Annotated[str | None, typer.Option("--place", "-p", help="A coarse place: a crossing, a zone.")]
HoursOption = Annotated[int | None, typer.Option("--hours", help="How long it stays up.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="When it starts: 18:30, 2h, 2026-11-23T18:30.")
]
ToOption = Annotated[str | None, typer.Option("--to", help="When it ends.")]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="A note such as halal; may be repeated.")]
HandOffOption = Annotated[
    HandOff | None, typer.Option("--hand-off", help="How it passes from hand to hand.", **one_of(HandOff))
]
ContactOption = Annotated[
    bool | None,
    typer.Option("--contact/--no-contact", help="How you can be reached, for who helps you: asked for."),
]
ContactFdOption = Annotated[
    int | None, typer.Option("--contact-fd", metavar="N", help="Read the contact from this file descriptor.")
]
FirstMemberOption = Annotated[
    bool, typer.Option("--first-member", help="Hand it to the first member who takes it, without asking you.")
]
ClaimOption = Annotated[
    str | None, typer.Option("--claim", help="Which claim: the claimer's name, or the head of its id.")
]
