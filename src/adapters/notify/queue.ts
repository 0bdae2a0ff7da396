import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { NotifyEvent } from '../../app/notify/event.ts';
import {
  type DeadLetter,
  type Entry,
  type Message,
  MOST_EVENTS,
  type NotifyQueue,
  type Remembered,
  type Waiting,
} from '../../app/notify/ports.ts';
import { GateError, messageOf } from '../../errors.ts';
import { type Database, openDatabase } from '../system/sqlite.ts';
import { STANDING_TABLE, Standings } from './standings.ts';
import { type Row, Statements } from './statements.ts';

/** The queue stands beside the record that it is made of. */
export const notifyQueueOf = (record: string): string => `${record}.notify`;

/** Changed whenever the tables change their meaning. */
const VERSION = 1;

/** What was said is on the disk: the record's lines behind it are not read again. */
const SET_UP = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL';

const TABLES = `
  CREATE TABLE writer (name TEXT PRIMARY KEY, seq INTEGER) STRICT;
  CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT, until_ms INTEGER) STRICT;
  CREATE TABLE gathering (
    id TEXT PRIMARY KEY, rule TEXT, receiver TEXT, "group" TEXT, due_ms INTEGER, events INTEGER, more INTEGER
  ) STRICT;
  CREATE TABLE event (number INTEGER PRIMARY KEY, gathering TEXT, id TEXT, event TEXT, UNIQUE (gathering, id)) STRICT;
  CREATE TABLE message (
    id TEXT PRIMARY KEY, rule TEXT, receiver TEXT, created_ms INTEGER, events TEXT, more INTEGER, attempts INTEGER, next_ms INTEGER
  ) STRICT;
  CREATE TABLE dead (id TEXT PRIMARY KEY, rule TEXT, receiver TEXT, created_ms INTEGER, events TEXT, more INTEGER, attempts INTEGER, at_ms INTEGER, reason TEXT) STRICT;
  CREATE INDEX gathering_by_group ON gathering (rule, receiver, "group");
  CREATE INDEX gathering_by_due ON gathering (due_ms);
  CREATE INDEX message_by_next ON message (receiver, next_ms);
  PRAGMA user_version = ${VERSION};
`;

/** What is kept, at most. What is oldest goes. */
export const MOST_KEPT = { waiting: 10_000, dead: 1_000, memory: 100_000, writers: 1_000 } as const;

/** Who changed what is for nobody else: what SQLite puts beside a database has its mode. */
const OWNER_ONLY = 0o600;

const FULL = `the queue is full: ${MOST_KEPT.waiting} messages wait for this receiver`;

const GONE = 'the configuration has no such receiver any more';

/** The tables hold what this file wrote. */
const parsed = <Value>(text: unknown): Value => JSON.parse(String(text)) as Value;

const messageIn = (row: Row): Message => ({
  id: String(row.id),
  rule: String(row.rule),
  receiver: String(row.receiver),
  createdMs: Number(row.created_ms),
  events: parsed<readonly NotifyEvent[]>(row.events),
  more: Number(row.more),
});

class SqliteQueue implements NotifyQueue {
  readonly #database: Database;
  readonly #sql: Statements;
  readonly #standings: Standings;

  constructor(database: Database) {
    this.#database = database;
    this.#sql = new Statements(database);
    this.#standings = new Standings(this.#sql);
  }

  atomically(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  lastSeq(writer: string): number {
    return Number(this.#sql.first('SELECT seq FROM writer WHERE name = ?', writer)?.seq ?? 0);
  }

  setLastSeq(writer: string, seq: number): void {
    // A chain that goes on is the youngest one.
    this.#sql.run('REPLACE INTO writer (name, seq) VALUES (?, ?)', writer, seq);
  }

  get(key: string, nowMs: number): Remembered | undefined {
    const row = this.#sql.first('SELECT value FROM memory WHERE key = ? AND until_ms > ?', key, nowMs);
    return row && parsed<Remembered>(row.value);
  }

  set(key: string, value: Remembered, untilMs: number): void {
    this.#sql.run('REPLACE INTO memory (key, value, until_ms) VALUES (?, ?, ?)', key, JSON.stringify(value), untilMs);
  }

  delete(key: string): void {
    this.#sql.run('DELETE FROM memory WHERE key = ?', key);
  }

  add(entry: Entry): void {
    const { rule, receiver, group, dueMs, isCounted, event } = entry;
    const open = 'rule = ? AND receiver = ? AND "group" = ?';
    const room = isCounted ? '' : `AND events < ${MOST_EVENTS}`;
    const select = `SELECT id, events FROM gathering WHERE ${open} ${room} AND rowid >= ? ORDER BY rowid DESC LIMIT 1`;
    const found = this.#sql.first(select, rule, receiver, group, this.#standings.lastContrary(entry));
    const id = found === undefined ? this.#begin(entry) : String(found.id);
    this.#sql.run('UPDATE gathering SET due_ms = min(due_ms, ?) WHERE id = ?', dueMs, id);
    if (Number(found?.events ?? 0) >= MOST_EVENTS) {
      this.#sql.run('UPDATE gathering SET more = more + 1 WHERE id = ?', id);
      return;
    }
    const insert = 'INSERT OR IGNORE INTO event (gathering, id, event) VALUES (?, ?, ?)';
    const added = this.#sql.run(insert, id, event.id, JSON.stringify(event));
    this.#sql.run('UPDATE gathering SET events = events + ? WHERE id = ?', added, id);
    if (added > 0) this.#standings.add(entry, id);
  }

  #begin({ rule, receiver, group, dueMs }: Entry): string {
    const id = `msg_${randomUUID().replaceAll('-', '')}`;
    const insert =
      'INSERT INTO gathering (id, rule, receiver, "group", due_ms, events, more) VALUES (?, ?, ?, ?, ?, 0, 0)';
    this.#sql.run(insert, id, rule, receiver, group, dueMs);
    return id;
  }

  release(nowMs: number): void {
    this.#releaseUntil(nowMs, nowMs);
  }

  releaseAll(nowMs: number): void {
    this.#releaseUntil(Number.MAX_SAFE_INTEGER, nowMs);
  }

  #releaseUntil(dueMs: number, nowMs: number): void {
    const due = 'SELECT id, rule, receiver, more FROM gathering WHERE due_ms <= ? ORDER BY due_ms, rowid';
    // Most of the time there is none: then nothing is written.
    if (this.#sql.first(due, dueMs) === undefined) return;
    this.atomically(() => {
      for (const row of this.#sql.all(due, dueMs)) this.#close(row, nowMs);
      this.#prune(nowMs);
    });
  }

  /** What was gathered becomes a message. */
  #close({ id, rule, receiver, more }: Row, nowMs: number): void {
    const key = String(id);
    const rows = this.#sql.all('SELECT event FROM event WHERE gathering = ? ORDER BY number', key);
    const insert =
      'INSERT INTO message (id, rule, receiver, created_ms, events, more, attempts, next_ms) VALUES (?, ?, ?, ?, ?, ?, 0, ?)';
    const events = `[${rows.map(({ event }) => String(event)).join(',')}]`;
    this.#sql.run(insert, key, String(rule), String(receiver), nowMs, events, Number(more), nowMs);
    this.#sql.run('DELETE FROM event WHERE gathering = ?', key);
    this.#sql.run('DELETE FROM gathering WHERE id = ?', key);
    if (this.length(String(receiver)) > MOST_KEPT.waiting) this.#drop(String(receiver), nowMs);
  }

  /** Gives up the oldest message of a receiver. */
  #drop(receiver: string, nowMs: number): void {
    const oldest = this.#sql.first('SELECT id FROM message WHERE receiver = ? ORDER BY created_ms LIMIT 1', receiver);
    if (oldest !== undefined) this.#bury(String(oldest.id), nowMs, FULL);
  }

  #bury(id: string, atMs: number, reason: string): void {
    const copy =
      'REPLACE INTO dead (id, rule, receiver, created_ms, events, more, attempts, at_ms, reason) SELECT id, rule, receiver, created_ms, events, more, attempts, ?, ? FROM message WHERE id = ?';
    this.#sql.run(copy, atMs, reason, id);
    this.#sql.run('DELETE FROM message WHERE id = ?', id);
  }

  #prune(nowMs: number): void {
    this.#sql.run('DELETE FROM memory WHERE until_ms <= ?', nowMs);
    for (const [table, most] of [
      ['memory', MOST_KEPT.memory],
      ['dead', MOST_KEPT.dead],
      ['writer', MOST_KEPT.writers],
    ] as const) {
      const gone = this.#sql.run(`DELETE FROM ${table} WHERE rowid <= (SELECT max(rowid) FROM ${table}) - ?`, most);
      if (table === 'dead' && gone > 0) this.#standings.prune();
    }
  }

  next(receiver: string, nowMs: number): Waiting | undefined {
    const select = 'SELECT * FROM message WHERE receiver = ? AND next_ms <= ? ORDER BY next_ms, rowid LIMIT 1';
    const row = this.#sql.first(select, receiver, nowMs);
    return row && { message: messageIn(row), attempts: Number(row.attempts) };
  }

  retryNow(receiver: string, nowMs: number): void {
    this.#sql.run('UPDATE message SET next_ms = min(next_ms, ?) WHERE receiver = ?', nowMs, receiver);
  }

  sent({ id, events }: Message): void {
    this.atomically(() => {
      this.#sql.run('DELETE FROM message WHERE id = ?', id);
      this.#standings.sent(id, events);
    });
  }

  failed(id: string, againMs: number): void {
    this.#sql.run('UPDATE message SET attempts = attempts + 1, next_ms = ? WHERE id = ?', Math.round(againMs), id);
  }

  giveUp(id: string, atMs: number, reason: string): void {
    this.atomically(() => this.#bury(id, atMs, reason));
  }

  keepOnly(receivers: readonly string[], nowMs: number): void {
    const isOther = 'receiver NOT IN (SELECT value FROM json_each(?))';
    const names = JSON.stringify(receivers);
    this.#sql.run(`UPDATE gathering SET due_ms = 0 WHERE ${isOther}`, names);
    this.release(nowMs);
    this.atomically(() => {
      const others = this.#sql.all(`SELECT id FROM message WHERE ${isOther} ORDER BY rowid`, names);
      for (const { id } of others) this.#bury(String(id), nowMs, GONE);
    });
  }

  length(receiver: string): number {
    return Number(this.#sql.first('SELECT count(*) AS count FROM message WHERE receiver = ?', receiver)?.count);
  }

  dead(): readonly DeadLetter[] {
    const rows = this.#sql.all('SELECT * FROM dead ORDER BY rowid');
    return rows.map(row => ({
      message: messageIn(row),
      attempts: Number(row.attempts),
      atMs: Number(row.at_ms),
      reason: String(row.reason),
    }));
  }

  revive(nowMs: number): void {
    const copy =
      'INSERT OR IGNORE INTO message (id, rule, receiver, created_ms, events, more, attempts, next_ms) SELECT id, rule, receiver, ?, events, more, 0, ? FROM dead ORDER BY rowid';
    this.atomically(() => {
      this.#sql.run(copy, nowMs, nowMs);
      this.#sql.run('DELETE FROM dead');
    });
  }

  close(): void {
    this.#database.close();
  }
}

/** Tables of this version. Another version's hold what nobody could read. */
function makeTables(database: Database, file: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version === 0) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
  else if (version !== VERSION)
    throw new GateError('unreadable-file', `${file} was written by another version of this program: move it away`);
  database.exec(STANDING_TABLE);
}

/** Opens the queue of notifications in a file, or makes one, for its owner alone to read. Throws a GateError where that cannot be. */
export function openNotifyQueue(file: string): NotifyQueue {
  try {
    closeSync(openSync(file, 'a', OWNER_ONLY));
    const database = openDatabase(file, SET_UP);
    makeTables(database, file);
    return new SqliteQueue(database);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError('unreadable-file', `${file} is no queue of notifications: ${messageOf(cause)}`, { cause });
  }
}
