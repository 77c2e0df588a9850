-- Trust: who counts in a circle, the keys of its epochs, contacts, pick-up codes, mutes and flags.

ALTER TABLE circle ADD COLUMN channel_seed BLOB NOT NULL DEFAULT x'';

ALTER TABLE circle ADD COLUMN epoch_id BLOB NOT NULL DEFAULT x'';

UPDATE circle SET epoch_id = id;

ALTER TABLE entry ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

ALTER TABLE entry ADD COLUMN counts BOOLEAN NOT NULL DEFAULT 1;

-- The kind is in the low six bits of the first byte; SQLite reads no bytes as numbers, but writes them in hex.
UPDATE entry SET kind =
    (instr('0123456789ABCDEF', substr(hex(substr(packed, 1, 1)), 1, 1)) - 1) % 4 * 16
    + instr('0123456789ABCDEF', substr(hex(substr(packed, 1, 1)), 2, 1)) - 1;

CREATE INDEX entry_trust ON entry (circle_id) WHERE kind = 0 OR kind BETWEEN 10 AND 17;

CREATE INDEX entry_uncounted ON entry (circle_id, author) WHERE counts = 0;

ALTER TABLE post ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;

CREATE TABLE claim_key (
    circle_id BLOB NOT NULL,
    public BLOB NOT NULL,
    seed BLOB NOT NULL,
    made_at INTEGER,
    PRIMARY KEY (circle_id, public)
);

CREATE TABLE contact (
    circle_id BLOB NOT NULL,
    post_id BLOB NOT NULL,
    text VARCHAR NOT NULL,
    accepts_members BOOLEAN NOT NULL,
    PRIMARY KEY (circle_id, post_id)
);

CREATE TABLE epoch_key (
    circle_id BLOB NOT NULL,
    epoch_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    "key" BLOB NOT NULL,
    given_by BLOB,
    received_at INTEGER,
    PRIMARY KEY (circle_id, epoch_id)
);

INSERT INTO epoch_key (circle_id, epoch_id, number, "key", received_at)
    SELECT id, id, epoch, epoch_key, joined_at FROM circle;

CREATE TABLE invite (
    circle_id BLOB NOT NULL,
    invite_id BLOB NOT NULL,
    secret BLOB NOT NULL,
    made_at INTEGER,
    uses INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (circle_id, invite_id)
);

CREATE TABLE mute (
    id INTEGER NOT NULL,
    circle_id BLOB NOT NULL,
    author BLOB NOT NULL,
    actor_kind INTEGER,
    actor_key BLOB,
    PRIMARY KEY (id)
);

CREATE INDEX mute_author ON mute (circle_id, author);

CREATE TABLE pick_up (
    circle_id BLOB NOT NULL,
    post_id BLOB NOT NULL,
    actor_key BLOB NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    made_at INTEGER,
    is_void BOOLEAN NOT NULL,
    PRIMARY KEY (circle_id, post_id)
);

CREATE TABLE pick_up_try (
    id INTEGER NOT NULL,
    circle_id BLOB NOT NULL,
    post_id BLOB NOT NULL,
    at INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX pick_up_try_post ON pick_up_try (circle_id, post_id);

CREATE TABLE trust_mark (
    circle_id BLOB NOT NULL,
    facts INTEGER NOT NULL,
    flips INTEGER NOT NULL,
    PRIMARY KEY (circle_id)
);

INSERT INTO trust_mark (circle_id, facts, flips) SELECT id, 1, 1 FROM circle;
