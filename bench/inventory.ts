/**
 * What an inventory of many servers costs, beside `check` of the same files and of a tenth of them, as whole processes.
 * Run: `npm run build && node bench/inventory.ts [--servers N]`. Prints seconds, processor time and the most memory.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const flag = process.argv.indexOf('--servers');
const SERVERS = flag < 0 ? 10_000 : Number(process.argv[flag + 1]);
/** Servers of one namespace. */
const TOGETHER = 100;
const PROGRAM = path.resolve('dist/chokepoint.js');

const server = (namespace: string, name: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { team: `team-${namespace}` } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, 'chokepoint.dev/mcp-server': 'true' } },
        spec: {
          containers: [
            { name: 'server', image: `registry.example/${name}:1`, ports: [{ name: 'mcp', containerPort: 8080 }] },
          ],
        },
      },
    },
  });

const policy = (namespace: string, name: string): string =>
  JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } }, podSelector: {} }],
          ports: [{ port: 'mcp' }],
        },
      ],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] } }],
          ports: [{ port: 443 }],
        },
      ],
    },
  });

const service = (namespace: string, name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'mcp' }] },
  });

function write(folder: string, servers: number): void {
  mkdirSync(folder);
  for (let first = 0; first < servers; first += TOGETHER) {
    const namespace = `ns-${first / TOGETHER}`;
    const names = Array.from({ length: Math.min(TOGETHER, servers - first) }, (_, index) => `server-${index}`);
    const documents = names.flatMap(name => [server, policy, service].map(make => make(namespace, name)));
    writeFileSync(path.join(folder, `${namespace}.yaml`), documents.join('\n---\n'));
  }
}

/** One whole process; what it took is told by a hook that it loads. */
function run(folder: string, title: string, args: readonly string[]): void {
  const [told, hook, out] = ['told', 'hook.cjs', 'out'].map(name => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    hook,
    `process.on('exit',()=>require('fs').writeFileSync(${JSON.stringify(told)},JSON.stringify(process.resourceUsage())));`,
  );
  const output = openSync(out, 'w');
  const started = performance.now();
  const ran = spawnSync(process.execPath, ['--require', hook, PROGRAM, ...args], {
    cwd: folder,
    stdio: ['ignore', output, 'inherit'],
    env: { ...process.env, XDG_CACHE_HOME: path.join(folder, 'cache') },
  });
  closeSync(output);
  const seconds = (performance.now() - started) / 1000;
  if (ran.status === null) throw new Error(`${args.join(' ')} ended by a signal`);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(readFileSync(told, 'utf8'));
  const processor = (userCPUTime + systemCPUTime) / 1e6;
  const megabytes = Math.round(statSync(out).size / 1e6);
  process.stdout.write(
    `${title.padEnd(44)} ${seconds.toFixed(1)} s, processor ${processor.toFixed(1)} s, peak ${Math.round(maxRSS / 1024)} MB, ${megabytes} MB printed\n`,
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'inventory-bench-'));
try {
  write(path.join(folder, 'all'), SERVERS);
  write(path.join(folder, 'tenth'), SERVERS / 10);
  run(folder, `check, ${SERVERS} servers`, ['check', 'all', '-q']);
  for (const format of ['table', 'json', 'csv', 'cyclonedx', 'markdown'])
    run(folder, `inventory -o ${format}, ${SERVERS} servers`, ['inventory', 'all', '-o', format]);
  run(folder, `inventory -o json, ${SERVERS / 10} servers`, ['inventory', 'tenth', '-o', 'json']);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
