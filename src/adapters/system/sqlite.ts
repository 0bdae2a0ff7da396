import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** The embedded database of Node.js: loaded once somebody needs it. */
type Sqlite = typeof import('node:sqlite');
export type Database = InstanceType<Sqlite['DatabaseSync']>;

/** Milliseconds that a process waits for another one that writes the same database. */
const BUSY_MS = 60_000;

/** Loads it without the warning that Node.js 22 gives of it: the user has chosen no module of Node.js. */
function loadSqlite(): Sqlite {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Opens a database, or makes one, with the folder that it is in, and runs `setUp` in it. Throws what the database throws. */
export function openDatabase(file: string, setUp: string): Database {
  mkdirSync(dirname(file), { recursive: true });
  const database = new (loadSqlite().DatabaseSync)(file, { timeout: BUSY_MS });
  try {
    database.exec(setUp);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
