import { BUILTIN_SOURCE } from '../../src/adapters/config/load.ts';
import { FIXTURE_KINDS, fixtureNames, fixtureText } from '../support/rule-fixtures.ts';
import { parseYaml } from '../support/yaml.ts';

/** A fixture of a rule in namespaces of its own. */
export interface ScanFixture {
  readonly name: string;
  /** Where its servers are. */
  readonly namespace: string;
  /** All that it has objects in, its own. */
  readonly namespaces: readonly string[];
  /** Its objects, with every Namespace that they are in, as one YAML text. */
  readonly manifests: string;
  /** The GatePolicy. */
  readonly config: string;
}

/** Fixtures of each kind that are taken of one rule: all of them would take minutes. */
const TAKEN = { fail: 6, pass: 3 } as const;
const CLASSES = ['pods', 'services', 'nodes', 'controlPlane'];

/** Two Services cannot have the same; only one rule's fixtures have any. */
const FIRST_NODE_PORT = 30_100;

const isGatePolicy = (document: string): boolean => /^kind: GatePolicy$/m.test(document);

/** A configuration that gives every class of networks: nothing is left to what the cluster tells of itself. */
const givesNetworks = (config: string | undefined): config is string =>
  config !== undefined && CLASSES.every(name => new RegExp(`^ +${name}:`, 'm').test(config));

/** The names of namespaces, and all words like them, made this fixture's own: what stays alike in objects and configuration means the same. */
const ownNames = (text: string, suffix: string): string =>
  text.replace(/\b(tools|mcp-gateway|development|edge)\b/g, `$1-${suffix}`);

function namespacesOf(documents: readonly string[]): readonly string[] {
  const objects = documents.flatMap(parseYaml) as readonly {
    readonly kind: string;
    readonly metadata: { readonly namespace?: string };
  }[];
  return [...new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))].filter(name => name !== '');
}

const namespaceManifest = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

function readOne(rule: string, path: string, suffix: string, index: number): readonly ScanFixture[] {
  const text = fixtureText(rule, `${path}.yaml`);
  if (text === undefined) return [];
  const documents = ownNames(text, suffix)
    .replace('nodePort: 30080', `nodePort: ${FIRST_NODE_PORT + index}`)
    .split(/^---\n/m);
  const config = documents.find(isGatePolicy) ?? ownNames(fixtureText(rule, 'policy.yaml') ?? BUILTIN_SOURCE, suffix);
  if (!givesNetworks(config)) return [];
  const objects = documents.filter(document => !isGatePolicy(document));
  const namespaces = namespacesOf(objects);
  const manifests = [...namespaces.map(namespaceManifest), ...objects].join('---\n');
  return [{ name: `${rule}/${path}`, namespace: `tools-${suffix}`, namespaces, manifests, config }];
}

/** Fixtures of a rule whose configuration gives all networks; `suffix` makes their namespaces unique. */
export function scanFixtures(rule: string, suffix: string): readonly ScanFixture[] {
  const paths = FIXTURE_KINDS.flatMap(kind =>
    fixtureNames(rule, kind)
      .slice(0, TAKEN[kind])
      .map(name => `${kind}/${name}`),
  );
  return ['base', ...paths].flatMap((path, index) => readOne(rule, path, `${suffix}${index}`, index));
}
