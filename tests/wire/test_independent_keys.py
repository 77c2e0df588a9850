"""Keys, sealed things and invites in vectors.json, made again from the rules of docs/protocol.md alone."""

from tests.wire.independent_keys import (
    box_private,
    channel_seed_of,
    circle_id_of,
    commitment_of,
    contact_of,
    door_key_of,
    ed25519_public,
    from_code,
    from_letters,
    hkdf,
    invite_key_of,
    invite_of,
    opened,
    seal_key_of,
    sha,
    unwrapped,
    x25519,
    x25519_public,
)
from tests.wire.recorded import AUTHOR, CIRCLE, VECTORS, all_frames, unhex


def test_keys_follow_from_seeds() -> None:
    seed, key = unhex(VECTORS["author_seed"]), unhex(VECTORS["first_epoch_key"])
    channel_seed = channel_seed_of(key)

    assert VECTORS["author_key"] == ed25519_public(seed).hex()
    assert VECTORS["channel_seed"] == channel_seed.hex()
    assert VECTORS["circle_id"] == circle_id_of(channel_seed, AUTHOR).hex()
    assert VECTORS["channel_psk"] == hkdf(channel_seed, CIRCLE, b"meshboard 1 channel").hex()
    assert VECTORS["seal_key"] == seal_key_of(key, CIRCLE).hex()
    assert VECTORS["door_key"] == door_key_of(channel_seed, CIRCLE).hex()
    assert VECTORS["box_key"] == x25519_public(box_private(seed, CIRCLE)).hex()


def test_a_key_is_given_to_one_author() -> None:
    told = VECTORS["second_epoch"]
    giver = box_private(unhex(VECTORS["author_seed"]), CIRCLE)
    shared = x25519(giver, unhex(told["to_box_key"]))
    receiver = box_private(unhex(told["to_seed"]), CIRCLE)

    key = unwrapped(
        unhex(told["wrapped"]), shared, CIRCLE, unhex(told["id"]), AUTHOR, unhex(told["to_author"])
    )
    assert told["key"] == key.hex()
    assert told["to_author"] == ed25519_public(unhex(told["to_seed"])).hex()
    assert told["to_box_key"] == x25519_public(receiver).hex()
    assert shared == x25519(receiver, unhex(VECTORS["box_key"]))
    assert told["commitment"] == commitment_of(key, CIRCLE).hex()
    assert told["seal_key"] == seal_key_of(key, CIRCLE).hex()
    beacon = opened(unhex(told["beacon"]), CIRCLE, {told["number"]: unhex(told["seal_key"])}, b"")
    assert (2, next(one["plaintext"] for one in all_frames() if one["name"] == "BEACON")) == (
        beacon[0],
        beacon[1].hex(),
    )


def test_a_contact_opens_with_its_claim_key() -> None:
    told = VECTORS["contact"]
    seed = unhex(told["claim_key_seed"])

    assert told["claim_key"] == x25519_public(seed).hex()
    assert told["sealed"].startswith(x25519_public(unhex(told["ephemeral_seed"])).hex())
    assert told["text"] == contact_of(unhex(told["sealed"]), unhex(told["claim"]), seed)


def test_invites_say_how_to_come_in() -> None:
    second = VECTORS["second_epoch"]
    code = invite_of(from_code(VECTORS["invite_code"]))
    file = invite_of(from_letters("".join(VECTORS["invite_file"].split("\n")[1:])), is_file=True)
    later = invite_of(from_letters(VECTORS["later_invite_qr_text"].removeprefix("MESHBOARD:2:")))
    made = next(vector for vector in VECTORS["entries"] if vector["name"] == "InviteMade")

    assert code == invite_of(from_letters(VECTORS["invite_qr_text"].removeprefix("MESHBOARD:2:")))
    assert (VECTORS["circle_id"], VECTORS["first_epoch_key"]) == (code["circle"], code["key"])
    assert (VECTORS["invite_secret"], "Elm Street") == (code["secret"], code["name"])
    assert code.items() <= file.items()
    assert {name: made[name] for name in ("author", "packed", "link", "signature")}.items() <= file.items()
    assert (second["key"], second["id"], second["number"]) == (
        later["key"],
        later["epoch_id"],
        later["epoch"],
    )
    assert VECTORS["channel_seed"] == later["channel_seed"]
    assert made["says"]["states"] == {
        "fact": "InviteMade",
        "invite": sha(invite_key_of(unhex(VECTORS["invite_secret"])))[:8].hex(),
        "uses": 1,
        "expires_at": 1_763_900_000,
    }


def test_an_invite_says_where_the_radio_meets() -> None:
    invite = invite_of(from_letters(VECTORS["own_channel_invite_qr_text"].removeprefix("MESHBOARD:2:")))

    assert {"region": 3, "preset": 4, "slot": 3, "channel": "elm", "expiry": 16621}.items() <= invite.items()
    assert VECTORS["second_epoch"]["id"] == invite["epoch_id"]
