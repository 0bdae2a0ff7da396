import { type NotifyEvent, subjectKey } from '../../app/notify/event.ts';
import { overtaken, standingOf } from '../../app/notify/overtake.ts';
import type { Entry } from '../../app/notify/ports.ts';
import type { Row, Statements } from './statements.ts';

/** Which messages hold that a server is open, or not any more, in the order of the record. */
export const STANDING_TABLE = `
  CREATE TABLE IF NOT EXISTS standing (
    number INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT, server TEXT, stands TEXT, message TEXT, event TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS standing_by_server ON standing (receiver, server);
  CREATE INDEX IF NOT EXISTS standing_by_message ON standing (message);
`;

/** The tables hold what the queue wrote. */
const eventsIn = (text: unknown): readonly NotifyEvent[] => JSON.parse(String(text)) as readonly NotifyEvent[];

/** An event that is left as it has to be told now; none: it is not told. */
const replaced = (events: readonly NotifyEvent[], id: string, later: NotifyEvent): readonly NotifyEvent[] =>
  events.flatMap(event => (event.id === id ? (overtaken(event, later) ?? []) : [event]));

/**
 * How servers stand by what waits, so that no receiver is told last what was so first. A digest tells what was, in its order: it takes no part. All of it is
 * done in a transaction of the queue.
 */
export class Standings {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  /** Notes an event of a message that is being gathered. */
  add({ receiver, isCounted, event }: Entry, message: string): void {
    const stands = standingOf(event);
    if (stands === undefined || isCounted) return;
    const insert = 'INSERT INTO standing (receiver, server, stands, message, event) VALUES (?, ?, ?, ?, ?)';
    this.#sql.run(insert, receiver, subjectKey(event), stands, message, event.id);
  }

  /** The last message being gathered that says the contrary of an event, as a row of the table `gathering`: the event has to come after it. 0: there is none. */
  lastContrary({ receiver, isCounted, event }: Entry): number {
    const stands = standingOf(event);
    if (stands === undefined || isCounted) return 0;
    const last =
      'SELECT max(gathering.rowid) AS last FROM standing JOIN gathering ON gathering.id = standing.message WHERE standing.receiver = ? AND server = ? AND stands <> ?';
    return Number(this.#sql.first(last, receiver, subjectKey(event), stands)?.last ?? 0);
  }

  /** A message was taken: what says the contrary, and was so before, is not told any more as if it were so. */
  sent(message: string, events: readonly NotifyEvent[]): void {
    const before =
      'SELECT * FROM standing WHERE receiver = ? AND server = ? AND stands <> ? AND number < ? AND message <> ?';
    const byId = new Map(events.map(event => [event.id, event]));
    for (const told of this.#sql.all('SELECT * FROM standing WHERE message = ? ORDER BY number', message)) {
      const later = byId.get(String(told.event));
      const { receiver, server, stands, number } = told;
      if (later === undefined) continue;
      const older = [String(receiver), String(server), String(stands), Number(number), message] as const;
      for (const row of this.#sql.all(before, ...older)) this.#overtake(row, later);
    }
    this.#sql.run('DELETE FROM standing WHERE message = ?', message);
  }

  /** Forgets messages that are not kept any more. */
  prune(): void {
    const kept = ['gathering', 'message', 'dead'].map(table => `SELECT id FROM ${table}`).join(' UNION ALL ');
    this.#sql.run(`DELETE FROM standing WHERE message NOT IN (${kept})`);
  }

  #overtake({ message, event, stands, number }: Row, later: NotifyEvent): void {
    const [id, eventId] = [String(message), String(event)];
    this.#overtakeGathered(id, eventId, later);
    for (const table of ['message', 'dead'] as const) this.#overtakeIn(table, id, eventId, later);
    if (stands === 'open') this.#sql.run('DELETE FROM standing WHERE number = ?', Number(number));
  }

  #overtakeGathered(gathering: string, id: string, later: NotifyEvent): void {
    const row = this.#sql.first('SELECT number, event FROM event WHERE gathering = ? AND id = ?', gathering, id);
    if (row === undefined) return;
    const [left] = replaced(eventsIn(`[${String(row.event)}]`), id, later);
    if (left !== undefined) {
      this.#sql.run('UPDATE event SET event = ? WHERE number = ?', JSON.stringify(left), Number(row.number));
      return;
    }
    this.#sql.run('DELETE FROM event WHERE number = ?', Number(row.number));
    this.#sql.run('UPDATE gathering SET events = events - 1 WHERE id = ?', gathering);
    this.#sql.run('DELETE FROM gathering WHERE id = ? AND events = 0 AND more = 0', gathering);
  }

  #overtakeIn(table: 'message' | 'dead', message: string, id: string, later: NotifyEvent): void {
    const row = this.#sql.first(`SELECT events, more FROM ${table} WHERE id = ?`, message);
    if (row === undefined) return;
    const left = replaced(eventsIn(row.events), id, later);
    if (left.length === 0 && row.more === 0) this.#sql.run(`DELETE FROM ${table} WHERE id = ?`, message);
    else this.#sql.run(`UPDATE ${table} SET events = ? WHERE id = ?`, JSON.stringify(left), message);
  }
}
