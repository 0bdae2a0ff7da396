/** Gives what is the same one number. */
export class Numbered<Value> {
  readonly values: Value[] = [];
  readonly #known = new Map<string, number>();

  of(value: Value): number {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.values.length);
    this.values.push(value);
    return this.values.length - 1;
  }
}
