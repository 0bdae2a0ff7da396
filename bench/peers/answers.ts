import { record, records } from './json.ts';

/** `namespace/name` of each workload that a checker finds fault with; throws where the output is not of the form that its version prints. */
export type ReadAnswer = (output: string) => ReadonlySet<string>;

const parsed = (output: string): unknown => JSON.parse(output);

const place = (object: Readonly<Record<string, unknown>>): string => `${object.namespace}/${object.name}`;

/** `chokepoint check --output json`: servers with a finding that denies, or that could not be judged. */
export const readChokepoint: ReadAnswer = output => {
  const servers = records(record(parsed(output)).servers);
  return new Set(servers.filter(({ verdict }) => verdict !== 'allow').map(place));
};

/** `checkov --output json`: a pod is named `Pod.NAMESPACE.NAME` or, from a template, `Pod.NAMESPACE.NAME.LABELS`; the names of the set have no dots. */
export const readCheckov: ReadAnswer = output => {
  const failed = records(record(record(parsed(output)).results).failed_checks);
  return new Set(failed.map(({ resource }) => String(resource).split('.').slice(1, 3).join('/')));
};

/** `gator test --output json`: our template says the place in its message; `null` where nothing is violated. */
export const readGator: ReadAnswer = output => new Set(records(parsed(output) ?? []).map(({ msg }) => String(msg)));

/** `conftest test --output json`: our policy says the place in its message. */
export const readConftest: ReadAnswer = output => {
  const failures = records(parsed(output)).flatMap(file => records(file.failures ?? []));
  return new Set(failures.map(({ msg }) => String(msg)));
};

/** `kyverno apply --policy-report --output-format json`: a report on one line each, between lines of other text. */
export const readKyverno: ReadAnswer = output => {
  const reports = output.split('\n').filter(line => line.startsWith('{'));
  if (reports.length === 0) throw new Error('no report is printed');
  const results = reports.flatMap(report => records(record(parsed(report)).results ?? []));
  const errors = results.filter(({ result }) => result === 'error');
  if (errors.length > 0) throw new Error(String(errors[0]?.message));
  const failed = results.filter(({ result }) => result === 'fail');
  return new Set(failed.flatMap(({ resources }) => records(resources).map(place)));
};
