-- The first ledger: logs, the projection built from them, and what a station knows of itself and others.

CREATE TABLE circle (
    id BLOB NOT NULL,
    name VARCHAR NOT NULL,
    epoch INTEGER NOT NULL,
    epoch_key BLOB NOT NULL,
    channel_psk BLOB NOT NULL,
    channel_name VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    preset VARCHAR NOT NULL,
    slot INTEGER NOT NULL,
    joined_at INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE claim (
    circle_id BLOB NOT NULL,
    id BLOB NOT NULL,
    post_id BLOB NOT NULL,
    author BLOB NOT NULL,
    actor_kind INTEGER NOT NULL,
    actor_key BLOB NOT NULL,
    PRIMARY KEY (circle_id, id)
);

CREATE INDEX claim_actor ON claim (actor_kind, actor_key);

CREATE INDEX claim_post ON claim (circle_id, post_id);

CREATE TABLE counter (
    circle_id BLOB NOT NULL,
    next_value INTEGER NOT NULL,
    PRIMARY KEY (circle_id)
);

CREATE TABLE entry (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    circle_id BLOB NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    author BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    packed BLOB NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER,
    stamp_count INTEGER NOT NULL,
    stamp_time INTEGER,
    subject_id BLOB,
    claimed_post_id BLOB,
    is_sound BOOLEAN NOT NULL,
    post_id BLOB
);

CREATE INDEX entry_count ON entry (circle_id, stamp_count);

CREATE UNIQUE INDEX entry_digest ON entry (digest);

CREATE INDEX entry_id ON entry (circle_id, id);

CREATE INDEX entry_log ON entry (circle_id, author, incarnation, number);

CREATE INDEX entry_post ON entry (circle_id, post_id);

CREATE INDEX entry_subject ON entry (circle_id, subject_id);

CREATE TABLE identity (
    circle_id BLOB NOT NULL,
    seed BLOB NOT NULL,
    author BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    PRIMARY KEY (circle_id)
);

CREATE TABLE peer (
    circle_id BLOB NOT NULL,
    author BLOB NOT NULL,
    node INTEGER,
    last_counter INTEGER NOT NULL,
    last_heard INTEGER,
    agreed_seq INTEGER NOT NULL,
    PRIMARY KEY (circle_id, author)
);

CREATE TABLE post (
    circle_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code VARCHAR NOT NULL,
    kind INTEGER NOT NULL,
    category INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    author BLOB NOT NULL,
    actor_kind INTEGER NOT NULL,
    actor_key BLOB NOT NULL,
    search VARCHAR NOT NULL,
    posted_seq INTEGER NOT NULL,
    said_seq INTEGER NOT NULL,
    posted_at INTEGER,
    changed_seq INTEGER NOT NULL,
    entry_count INTEGER NOT NULL,
    is_over BOOLEAN NOT NULL,
    over_at INTEGER,
    PRIMARY KEY (circle_id, id)
);

CREATE INDEX post_board ON post (urgency, posted_seq);

CREATE INDEX post_changed ON post (changed_seq);

CREATE INDEX post_code ON post (code);

CREATE TABLE setting (
    "key" VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE station_name (
    circle_id BLOB NOT NULL,
    author BLOB NOT NULL,
    name VARCHAR NOT NULL,
    folded VARCHAR NOT NULL,
    incarnation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (circle_id, author)
);

CREATE TABLE station_status (
    id INTEGER NOT NULL,
    written_at INTEGER,
    report VARCHAR NOT NULL,
    PRIMARY KEY (id)
);
