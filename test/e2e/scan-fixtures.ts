import { BUILTIN_SOURCE } from '../../src/adapters/config/load.ts';
import { baseCase, FIXTURE_KINDS, type RuleCase, ruleCases } from '../support/rule-cases.ts';
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

/** A configuration that gives every class of networks: nothing is left to what the cluster tells of itself. */
const givesNetworks = (config: string): boolean => CLASSES.every(name => new RegExp(`^ +${name}:`, 'm').test(config));

/** The names of namespaces and of a class of gateways, and all words like them, made this fixture's own: what stays alike in objects and configuration means the same. */
const ownNames = (text: string, suffix: string): string =>
  text.replace(/\b(tools|mcp-gateway|development|edge|eg)\b/g, `$1-${suffix}`);

/** What is read of a fixture's object. */
interface FixtureObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const objectsOf = (manifests: string): readonly FixtureObject[] => parseYaml(manifests) as FixtureObject[];

const namespacesOf = (objects: readonly FixtureObject[]): readonly string[] =>
  [...new Set(objects.map(({ metadata }) => metadata.namespace ?? ''))].filter(name => name !== '');

/** Addresses of Pods are status, which no kubelet writes here, and when something is deleted the API server writes: it takes neither from whoever creates an object. */
const hasWhatIsNotTaken = (manifests: string): boolean => /\b(podIPs?|deletionTimestamp):/.test(manifests);

/** In a cluster, whose ConfigMaps are not read, it is not known what ingress-nginx asks everywhere; files show that there is none. */
const OTHERWISE_IN_FILES: ReadonlySet<string> = new Set(['gateway-unauthenticated/fail/ingress-without-a-question']);

const namespaceManifest = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

function readOne(rule: string, one: RuleCase, suffix: string, index: number): readonly ScanFixture[] {
  if (OTHERWISE_IN_FILES.has(`${rule}/${one.name}`)) return [];
  const objects = ownNames(one.world, suffix).replace('nodePort: 30080', `nodePort: ${FIRST_NODE_PORT + index}`);
  const config = ownNames(one.policy ?? BUILTIN_SOURCE, suffix);
  if (!givesNetworks(config) || hasWhatIsNotTaken(one.world)) return [];
  const own = objectsOf(objects);
  // The shared cluster serves no policies of other APIs; other-apis.e2e.ts does.
  if (own.some(({ kind }) => /.NetworkPolicy$/.test(kind))) return [];
  const namespaces = namespacesOf(own);
  // What is there is for every gateway of the mesh, those of other fixtures too.
  if (namespaces.includes('istio-system')) return [];
  const there = new Set(own.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const missing = namespaces.filter(name => !there.has(name)).map(namespaceManifest);
  const manifests = [...missing, objects].join('---\n');
  return [{ name: `${rule}/${one.name}`, namespace: `tools-${suffix}`, namespaces, manifests, config }];
}

/** Fixtures of a rule whose configuration gives all networks; `suffix` makes their namespaces unique. */
export function scanFixtures(rule: string, suffix: string): readonly ScanFixture[] {
  const taken = FIXTURE_KINDS.flatMap(kind =>
    ruleCases(rule, kind)
      .slice(0, TAKEN[kind])
      .map(one => ({ ...one, name: `${kind}/${one.name}` })),
  );
  const cases = [baseCase(rule), ...taken];
  return cases.flatMap((one, index) => readOne(rule, one, `${suffix}${index}`, index));
}
