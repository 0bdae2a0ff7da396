import { Gauge, type Registry } from 'prom-client';

/** Adds gauges that are looked at when the metrics are read: by key of `looks`, their name and help. */
export function addGauges<Key extends string>(
  registry: Registry,
  texts: Readonly<Record<Key, readonly [name: string, help: string]>>,
  looks: Readonly<Record<Key, () => number | boolean>>,
): void {
  for (const [key, [name, help]] of Object.entries(texts) as [Key, readonly [string, string]][]) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(Number(looks[key]()));
      },
    });
  }
}
