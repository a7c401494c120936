/** "Slth": tells our databases from everyone else's. */
export const APPLICATION_ID = 0x536c7468;

/** The only one there may be, to the letter as SQLite keeps it. */
export const TRIGGER = `CREATE TRIGGER kv_of_stack AFTER DELETE ON stacks BEGIN
  DELETE FROM kv WHERE scope = OLD.id;
END`;

/*
 * Tables are STRICT. Values are texts of encodeValue, times ISO 8601 UTC, and no integer column can pass 2^53. Columns of
 * type ANY hold names: TEXT, or a BLOB where the name is not UTF-8 (see key.ts). `resources.run` is a run's number, not an
 * id: history is pruned, resources stay.
 */
const VERSION_1 = `
CREATE TABLE stacks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lineage TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'running', 'ok', 'failed', 'interrupted')),
  pruned INTEGER NOT NULL DEFAULT 0,
  head TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE config (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (stack, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE outputs (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  key ANY NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (stack, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE resources (
  id INTEGER PRIMARY KEY,
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  origin TEXT NOT NULL CHECK (origin IN ('module', 'registered')),
  host ANY NOT NULL,
  kind ANY NOT NULL,
  name ANY NOT NULL,
  module TEXT NOT NULL,
  declarations TEXT NOT NULL,
  properties TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_checksum TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'applied', 'failed', 'drift', 'removed')),
  error TEXT,
  adopted INTEGER NOT NULL CHECK (adopted IN (0, 1)),
  probe TEXT,
  probe_output TEXT,
  task TEXT NOT NULL,
  run INTEGER,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  last_applied TEXT,
  UNIQUE (stack, origin, host, kind, name)
) STRICT;
CREATE INDEX resources_of_stack ON resources (stack);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  number INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'ok', 'failed', 'interrupted')),
  mode TEXT NOT NULL,
  command TEXT NOT NULL,
  workflow TEXT NOT NULL,
  script TEXT NOT NULL,
  script_digest TEXT NOT NULL,
  user TEXT NOT NULL,
  sudo_user TEXT,
  hostname TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  duration_ms INTEGER,
  counts TEXT,
  error TEXT,
  boot TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT,
  UNIQUE (stack, number)
) STRICT;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  name TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  result TEXT,
  error TEXT,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  UNIQUE (run, name)
) STRICT;

CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  task TEXT NOT NULL,
  host ANY NOT NULL,
  kind ANY NOT NULL,
  name ANY NOT NULL,
  type TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT,
  changes TEXT NOT NULL,
  before TEXT,
  after TEXT,
  before_digest TEXT,
  after_digest TEXT,
  location TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  duration_ms INTEGER,
  error TEXT
) STRICT;
CREATE INDEX changes_of_run ON changes (run);

CREATE TABLE unsettled (
  change INTEGER PRIMARY KEY REFERENCES changes ON DELETE CASCADE,
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE
) STRICT;

CREATE TABLE undo (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  host ANY NOT NULL,
  kind ANY NOT NULL,
  name ANY NOT NULL,
  original TEXT,
  original_digest TEXT,
  present_digest TEXT,
  PRIMARY KEY (stack, host, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  compressed INTEGER NOT NULL CHECK (compressed IN (0, 1)),
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE verified (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  at TEXT NOT NULL,
  ids BLOB NOT NULL
) STRICT;
CREATE INDEX verified_of_stack ON verified (stack);

CREATE TABLE kv (
  scope INTEGER NOT NULL,
  key ANY NOT NULL,
  value TEXT NOT NULL,
  expires_at TEXT,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kv_expiring ON kv (expires_at) WHERE expires_at IS NOT NULL;
${TRIGGER};

-- How the hosts that the stack's resources are on were reached last, for drift and undo.
CREATE TABLE hosts (
  stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (stack, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE children (
  id INTEGER PRIMARY KEY,
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  pid INTEGER NOT NULL,
  start_ticks INTEGER NOT NULL,
  boot TEXT NOT NULL,
  program TEXT NOT NULL
) STRICT;

CREATE TABLE locks (
  name TEXT PRIMARY KEY,
  who TEXT NOT NULL,
  host TEXT NOT NULL,
  command TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/*
 * What undo needs of runs that are no longer in the history (`earlier`: what files held around their changes), and what runs that changed
 * nothing found (`found`: the stated properties, whenever they are other than those before).
 */
const TABLES_OF_2 = [
  `TABLE earlier (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  host ANY NOT NULL,
  kind ANY NOT NULL,
  name ANY NOT NULL,
  change INTEGER NOT NULL,
  before_digest TEXT,
  after_digest TEXT,
  PRIMARY KEY (stack, host, kind, name, change)
) STRICT, WITHOUT ROWID`,
  `TABLE found (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  host ANY NOT NULL,
  kind ANY NOT NULL,
  name ANY NOT NULL,
  run INTEGER NOT NULL,
  task TEXT NOT NULL,
  type TEXT NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (stack, host, kind, name, run)
) STRICT, WITHOUT ROWID`,
];

/** What brings a database of version N to N + 1; only ever added to. */
export const MIGRATIONS: readonly string[] = [VERSION_1, made("CREATE", TABLES_OF_2)];

/** The same for a database of version N that is only read: what it does not have yet is empty. */
export const STAND_INS: readonly string[] = ["", made("CREATE TEMP", TABLES_OF_2)];

function made(verb: string, tables: readonly string[]): string {
  return tables.map((table) => `${verb} ${table};`).join("\n");
}
