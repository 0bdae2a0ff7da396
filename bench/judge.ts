/**
 * How many decisions a second the judge makes, and on what that depends: the namespace, not the cluster.
 * Run: `node bench/judge.ts`. Prints one line per case; the ratio is to the first case of its table.
 */
import { builtinGatePolicy } from '../src/adapters/config/load.ts';
import { createJudge } from '../src/core/evaluate.ts';
import { createDecoder } from '../src/core/kube/decode.ts';
import type { KubeObject, Workload } from '../src/core/kube/types.ts';
import { buildWorld } from '../src/core/world/build.ts';
import type { World } from '../src/core/world/world.ts';

const EXCEPTS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'];

const decode = createDecoder();

function object(value: Record<string, unknown>): KubeObject {
  const decoded = decode(value);
  if (decoded.kind !== 'object') throw new Error('the bench made an object that does not decode');
  return decoded.object;
}

const labels = (app: string): { matchLabels: Record<string, string> } => ({ matchLabels: { app } });

/** A gateway-only policy with the usual egress, selecting the pods of one app. */
function policy(namespace: string, name: string, app: string): KubeObject {
  return object({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: {
      podSelector: labels(app),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'envoy' } },
            },
          ],
          ports: [{ port: 8080 }],
        },
      ],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: EXCEPTS } }] }],
    },
  });
}

function server(namespace: string, app: string): Workload {
  return object({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace },
    spec: {
      selector: labels(app),
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'mcp', image: 'mcp/fetch', ports: [{ name: 'mcp', containerPort: 8080 }] }] },
      },
    },
  }) as Workload;
}

/** Decisions a second, measured over about half a second after a warm-up. */
function decisionsPerSecond(world: World, subject: Workload): number {
  const judge = createJudge(builtinGatePolicy());
  for (let count = 0; count < 200; count += 1) judge.evaluate(world, subject);
  const started = performance.now();
  let decisions = 0;
  while (performance.now() - started < 500) {
    for (let count = 0; count < 50; count += 1) judge.evaluate(world, subject);
    decisions += 50;
  }
  return decisions / ((performance.now() - started) / 1000);
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

function table(title: string, rows: readonly (readonly [string, World])[]): void {
  process.stdout.write(`${title}\n`);
  const subject = server('prod', 'app-0');
  let first: number | undefined;
  for (const [name, world] of rows) {
    const rate = decisionsPerSecond(world, subject);
    first ??= rate;
    process.stdout.write(
      `  ${name.padEnd(32)} ${Math.round(rate).toString().padStart(9)} decisions/s  ×${(rate / first).toFixed(2)}\n`,
    );
  }
}

/** A namespace with so many policies, one of which selects the server. */
const crowded = (policies: number): World =>
  buildWorld(range(policies).map(index => policy('prod', `p-${index}`, `app-${index}`)));

/** A namespace in which every policy selects the server. */
const piled = (policies: number): World =>
  buildWorld(range(policies).map(index => policy('prod', `p-${index}`, 'app-0')));

/** A cluster with so many policies, ten to a namespace. */
const cluster = (policies: number): World =>
  buildWorld(
    range(policies).map(index => {
      const namespace = index < 10 ? 'prod' : `ns-${Math.floor(index / 10)}`;
      return policy(namespace, `p-${index % 10}`, `app-${index % 10}`);
    }),
  );

const named = (sizes: readonly number[], make: (size: number) => World): readonly (readonly [string, World])[] =>
  sizes.map(size => [`${size} policies`, make(size)]);

table('in a namespace, one policy selects the server', named([1, 10, 100, 1000], crowded));
table('in a namespace, every policy selects the server', named([1, 10, 100, 1000], piled));
table('in a cluster, ten policies in the namespace', named([100, 1000, 10_000, 100_000], cluster));
