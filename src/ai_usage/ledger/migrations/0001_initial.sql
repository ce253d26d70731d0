-- Texts that many records share stand once; records point at them.
CREATE TABLE models (
    model_id INTEGER PRIMARY KEY,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    -- which prompt class stands for each, as `usage.prompt_class.class_map` packs it
    class_map INTEGER NOT NULL,
    UNIQUE (vendor, model)
) STRICT;

CREATE TABLE efforts (
    effort_id INTEGER PRIMARY KEY,
    effort TEXT NOT NULL UNIQUE
) STRICT;

-- What a request was billed under beside its speed.
CREATE TABLE tiers (
    tier_id INTEGER PRIMARY KEY,
    service_tier TEXT,
    region TEXT
) STRICT;

CREATE TABLE projects (
    project_id INTEGER PRIMARY KEY,
    project TEXT,
    project_path_sha256 TEXT UNIQUE
) STRICT;

-- Where requests were made: local, never sent.
CREATE TABLE sessions (
    session_ref INTEGER PRIMARY KEY,
    vendor TEXT NOT NULL,
    session_id TEXT,
    cwd TEXT,
    git_branch TEXT,
    project_id INTEGER NOT NULL REFERENCES projects,
    file_id INTEGER
) STRICT;
CREATE INDEX sessions_by_id ON sessions (session_id);

-- One row a billed request. A row that changes takes the next change number, so that what a server lacks is a range.
-- Instants are microseconds since 1970-01-01T00:00:00Z; start and end are offsets from `timestamp`, also in
-- microseconds, because they are nearly always small and an absolute one costs eight bytes.
CREATE TABLE records (
    change_number INTEGER PRIMARY KEY,
    key_hash INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    session_start_offset INTEGER NOT NULL,
    session_end_offset INTEGER NOT NULL,
    model_id INTEGER NOT NULL REFERENCES models,
    effort_id INTEGER NOT NULL,
    fast_tier INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    cache_creation_5m_input_tokens INTEGER NOT NULL,
    cache_creation_1h_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_output_tokens INTEGER NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects,
    session_ref INTEGER NOT NULL,
    tier_id INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    -- bits: see flags.py
    flags INTEGER NOT NULL,
    dedup_key TEXT NOT NULL,
    cost_input REAL,
    cost_output REAL,
    cost_cache_read REAL,
    cost_cache_creation REAL,
    -- a peer's own spelling of its three instants, where it is not ours: digests cover it
    peer_times TEXT,
    -- in another machine's file: the server's number of the row
    seq INTEGER
) STRICT;
CREATE UNIQUE INDEX records_by_key ON records (key_hash);
CREATE INDEX records_by_quarter ON records (timestamp / 900000000);
CREATE INDEX records_in_doubt ON records (timestamp) WHERE flags & 14;

-- All that a price is linear in, and that reports tell apart: one number for each combination that occurs.
CREATE TABLE kinds (
    kind_id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES models,
    project_id INTEGER NOT NULL REFERENCES projects,
    fast_tier INTEGER NOT NULL,
    tier_id INTEGER NOT NULL,
    prompt_class INTEGER NOT NULL,
    cost_class INTEGER NOT NULL,
    shadowed INTEGER NOT NULL,
    UNIQUE (model_id, project_id, fast_tier, tier_id, prompt_class, cost_class, shadowed)
) STRICT;

-- Sums by kind and quarter of an hour in UTC, since zones differ by quarters.
CREATE TABLE rollups (
    quarter INTEGER NOT NULL,
    kind_id INTEGER NOT NULL REFERENCES kinds,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    cache_creation_5m_input_tokens INTEGER NOT NULL,
    cache_creation_1h_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_output_tokens INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    recorded_cost INTEGER NOT NULL,
    PRIMARY KEY (quarter, kind_id)
) STRICT, WITHOUT ROWID;

-- Logs as last read: known by device, inode and digests of their bytes, not by path.
CREATE TABLE files (
    file_id INTEGER PRIMARY KEY,
    vendor TEXT NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    parser_version INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    state BLOB NOT NULL,
    records INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    rejected TEXT NOT NULL,
    problem TEXT,
    UNIQUE (device, inode, vendor)
) STRICT;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- A file is told from one that took its place by `generation`, a machine's ledger from any other by `installation`.
INSERT INTO meta VALUES ('generation', lower(hex(randomblob(16)))), ('installation', lower(hex(randomblob(32))));

-- Up to which change a server holds all records of this ledger under one name, and the server's highest number then:
-- a record of this machine with a higher one was sent by a ledger that this one is an old copy of.
CREATE TABLE confirmations (
    instance_id TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    project_hash INTEGER NOT NULL,
    change_number INTEGER NOT NULL,
    seen_seq INTEGER NOT NULL,
    PRIMARY KEY (instance_id, machine_id, project_hash)
) STRICT, WITHOUT ROWID;

-- Records that a server refused; they are offered again when they or the server's version change.
CREATE TABLE set_aside (
    instance_id TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    change_number INTEGER NOT NULL,
    server_version TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (instance_id, machine_id, change_number)
) STRICT, WITHOUT ROWID;

-- Digests of UTC days as they were when last computed, and the days that changed since; see day_digests.py.
CREATE TABLE day_digests (
    utc_day INTEGER PRIMARY KEY,
    record_count INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE TABLE changed_days (
    utc_day INTEGER PRIMARY KEY,
    mark INTEGER NOT NULL
) STRICT;

-- Up to which change this file's records were looked for in another machine's file.
CREATE TABLE compared (
    host_id TEXT PRIMARY KEY,
    generation TEXT NOT NULL,
    change_number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
