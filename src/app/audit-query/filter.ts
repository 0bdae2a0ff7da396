import type { ObjectReference, RecordLine, ServerReference } from './record-line.ts';

/** An object or a server by its name; without a kind, one of any kind. */
export interface NamedObject {
  /** Empty: cluster-scoped. */
  readonly namespace: string;
  readonly kind: string | undefined;
  readonly name: string;
}

/** What lines are looked for. Fields are all to hold, of the values of one field any; an absent field holds for every line. */
export interface Filter {
  readonly server?: readonly NamedObject[] | undefined;
  readonly object?: readonly NamedObject[] | undefined;
  readonly user?: readonly string[] | undefined;
  readonly namespace?: readonly string[] | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly operation?: readonly string[] | undefined;
  /** Sorts of change: `scale`, `image`, … */
  readonly change?: readonly string[] | undefined;
  readonly decision?: readonly string[] | undefined;
  readonly rule?: readonly string[] | undefined;
  /** Servers that a line concerns, or of whose reach it tells. */
  readonly about?: readonly NamedObject[] | undefined;
  /** Milliseconds since 1970, inclusive. */
  readonly sinceMs?: number | undefined;
  /** Milliseconds since 1970, exclusive. */
  readonly untilMs?: number | undefined;
}

/** The namespace that a line is about: a Namespace is about itself. */
const namespaceOf = ({ kind, namespace, name }: ObjectReference): string => (kind === 'Namespace' ? name : namespace);

const TEXT_FIELDS = ['user', 'namespace', 'kind', 'operation', 'change', 'decision', 'rule'] as const;
const NAMED_FIELDS = ['server', 'object'] as const;

/** What a line has in a field that is asked for by its whole text. */
const TEXTS: { readonly [Field in (typeof TEXT_FIELDS)[number]]: (line: RecordLine) => readonly string[] } = {
  user: line => [line.user.name],
  namespace: line => [namespaceOf(line.object)],
  kind: line => [line.object.kind],
  operation: line => [line.operation],
  change: line => line.change,
  decision: line => [line.decision],
  rule: line => line.findings.map(({ rule }) => rule),
};

/** Ends of the reach that a line tells of, as it names them. */
const endsOf = ({ gained, lost, open = [] }: RecordLine): readonly string[] =>
  [...gained, ...lost, ...open].flatMap(({ from, to }) => [from, to]);

/** What a line has in a field that is asked for by name. */
const NAMED: { readonly [Field in (typeof NAMED_FIELDS)[number]]: (line: RecordLine) => readonly ServerReference[] } = {
  server: line => line.servers,
  object: line => [line.object],
};

/** Longest term, in UTF-16 units; what is longer shares its beginning, and the line itself decides. */
const MAX_TERM = 300;

const textTerm = (field: string, text: string): string => `${field}:${text}`.slice(0, MAX_TERM);
const nameTerm = (field: string, { namespace, name }: Omit<NamedObject, 'kind'>): string =>
  textTerm(field, `${namespace}/${name}`);

/** By which terms a line can be found in an index, each once. */
export function termsOf(line: RecordLine): ReadonlySet<string> {
  return new Set([
    ...NAMED_FIELDS.flatMap(field => NAMED[field](line).map(one => nameTerm(field, one))),
    ...TEXT_FIELDS.flatMap(field => TEXTS[field](line).map(text => textTerm(field, text))),
    ...endsOf(line).map(end => textTerm('reach', end)),
  ]);
}

/** A line that is looked for has, of each of these lists, at least one term. It may have them all and be another. */
export function askedTerms(filter: Filter): readonly (readonly string[])[] {
  return [
    ...NAMED_FIELDS.map(field => filter[field]?.map(one => nameTerm(field, one))),
    ...TEXT_FIELDS.map(field => filter[field]?.map(text => textTerm(field, text))),
    filter.about?.flatMap(one => [nameTerm('server', one), nameTerm('reach', one)]),
  ].filter(terms => terms !== undefined);
}

const isNamed = (named: NamedObject, one: ServerReference): boolean =>
  named.name === one.name && named.namespace === one.namespace && (named.kind ?? one.kind) === one.kind;

/** Whether the line concerns the server, or tells of its reach: there its kind is not told, so that the servers of the line say whether another kind is meant. */
function isAbout(server: NamedObject, line: RecordLine): boolean {
  const { namespace, name } = server;
  const alike = line.servers.filter(one => isNamed({ namespace, kind: undefined, name }, one));
  return alike.length === 0 ? endsOf(line).includes(`${namespace}/${name}`) : alike.some(one => isNamed(server, one));
}

/** Whether the line is looked for. */
export function isFound(filter: Filter, line: RecordLine): boolean {
  if (filter.sinceMs !== undefined && line.timeMs < filter.sinceMs) return false;
  if (filter.untilMs !== undefined && line.timeMs >= filter.untilMs) return false;
  return (
    (filter.about?.some(server => isAbout(server, line)) ?? true) &&
    TEXT_FIELDS.every(field => filter[field]?.some(text => TEXTS[field](line).includes(text)) ?? true) &&
    NAMED_FIELDS.every(
      field => filter[field]?.some(named => NAMED[field](line).some(one => isNamed(named, one))) ?? true,
    )
  );
}
