-- Salt keys: what the salts of a block of a log follow from, and the blocks of which none is kept any more.

ALTER TABLE entry ADD COLUMN salt_key BLOB NOT NULL DEFAULT x'';

CREATE TABLE keyless_block (
    circle_id BLOB NOT NULL,
    author BLOB NOT NULL,
    incarnation INTEGER NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (circle_id, author, incarnation, block)
);
