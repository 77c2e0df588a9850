-- One kind of circle: those that nobody founded go. ledger.circle.taken_out has put their posts into files before.

DELETE FROM setting WHERE EXISTS (
    SELECT 1 FROM circle
    WHERE channel_seed = x'' AND (instr(setting.key, lower(hex(id))) OR setting.value = lower(hex(id)))
);

DELETE FROM claim WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM claim_key WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM contact WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM counter WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM entry WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM epoch_key WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM identity WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM invite WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM keyless_block WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM mute WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM peer WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM pick_up WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM pick_up_try WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM post WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM station_name WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM stretch WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM trust_mark WHERE circle_id IN (SELECT id FROM circle WHERE channel_seed = x'');
DELETE FROM circle WHERE channel_seed = x'';

DROP INDEX entry_trust;

CREATE INDEX entry_trust ON entry (circle_id) WHERE kind BETWEEN 10 AND 17;
