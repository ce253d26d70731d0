-- Of how many requests no log says how much of the output was thinking; rollups are built again.
ALTER TABLE rollups ADD COLUMN reasoning_unknown_requests INTEGER NOT NULL DEFAULT 0;
DELETE FROM meta WHERE key = 'rollups';
