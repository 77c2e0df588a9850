-- Links: what an author signs of the entries before its own, so that one signature can speak for many.

ALTER TABLE entry ADD COLUMN link BLOB NOT NULL DEFAULT x'';
