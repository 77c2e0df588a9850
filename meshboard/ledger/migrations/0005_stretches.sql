-- Forgetting: what is left of entries that nobody needs any more.

CREATE TABLE stretch (
    circle_id BLOB NOT NULL,
    author BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    is_told BOOLEAN NOT NULL,
    last_number INTEGER NOT NULL,
    count INTEGER NOT NULL,
    digest BLOB NOT NULL,
    ids BLOB NOT NULL,
    counts BOOLEAN NOT NULL,
    PRIMARY KEY (circle_id, author, incarnation, first_number, is_told)
);
