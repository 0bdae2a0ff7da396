import type { Database } from '../system/sqlite.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Runs SQL, each text prepared once. */
export class Statements {
  readonly #database: Database;
  readonly #prepared = new Map<string, ReturnType<Database['prepare']>>();

  constructor(database: Database) {
    this.#database = database;
  }

  #of(sql: string): ReturnType<Database['prepare']> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }

  /** Rows that it changed. */
  run(sql: string, ...values: readonly (string | number)[]): number {
    return Number(this.#of(sql).run(...values).changes);
  }

  first(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#of(sql).get(...values);
  }

  all(sql: string, ...values: readonly (string | number)[]): readonly Row[] {
    return this.#of(sql).all(...values);
  }
}
