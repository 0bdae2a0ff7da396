import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOk } from '../control-plane/client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_ADDRESS } from '../control-plane/private-network.ts';
import { type Collector, startCollector, withRecord } from './collector.ts';
import { LEASE, SYSTEM } from './gate.ts';
import { ABSENT_POLICY, closedNamespace, isAvailable, MODE, untilJudged } from './guarded.ts';
import { type Installation, startInstallation } from './installation.ts';
import { pod } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

/** Notifications of an installation with the component `record`: two webhooks refuse, and one recorder tells, under the shipped rights. */

const GROUP_SECONDS = 8;
const NAMES = Array.from({ length: 50 }, (_, index) => `weather-${index}`);

/** Needs the private network: see test/control-plane/in-private-network.ts. */
describe.skipIf(NODE_ADDRESS === undefined)('Notifications of two replicas', () => {
  let it: Installation;
  let folder: string;
  let collector: Collector;
  let receiver: Collector;

  const podsOf = async (component: string): Promise<readonly { readonly name: string; readonly address: string }[]> => {
    const query = `labelSelector=app.kubernetes.io/component=${component}`;
    const { body } = await it.cluster.request('GET', `/api/v1/namespaces/${SYSTEM}/pods?${query}`);
    return body.items.flatMap((one: { metadata: { name: string }; status: { podIP?: string } }) =>
      one.status.podIP ? { name: one.metadata.name, address: one.status.podIP } : [],
    );
  };
  const areHandedOver = (): Promise<true> =>
    eventually(
      'a controller asks every recorder',
      async () => {
        const texts = await Promise.all(
          (await podsOf('webhook')).map(async ({ address }) =>
            (await fetch(`http://${address}:8081/metrics`)).text().catch(() => ''),
          ),
        );
        const isSo = texts.length === 2 && texts.every(text => text.includes('chokepoint_notify_handed_over 1'));
        return isSo || undefined;
      },
      { timeoutMs: 90_000 },
    );

  beforeAll(async () => {
    it = await startInstallation();
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-once-'));
    collector = await startCollector();
    receiver = await startCollector();
    const { url } = receiver;
    const notifications = {
      receivers: [{ name: 'own', http: { url }, allowInsecure: true, allowAddresses: ['127.0.0.0/8'] }],
      rules: [{ name: 'refusals', to: ['own'], events: ['refused'], groupSeconds: GROUP_SECONDS }],
    };
    writeFileSync(join(folder, 'kustomization.yaml'), withRecord(folder, { url: collector.url, notifications }));
    const enforced = await closedNamespace(it.cluster);
    const applied = await it.cluster.kubectl(['apply', '-k', folder]);
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    await untilJudged(it.cluster, enforced);
    for (const name of ['webhook', 'controller']) await isAvailable(it.cluster, SYSTEM, `chokepoint-${name}`);
    await areHandedOver();
  }, 300_000);
  afterAll(async () => {
    collector?.stop();
    receiver?.stop();
    await it?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** All at once, so that the API server asks both webhooks. */
  const create = (namespace: string, names: readonly string[]): Promise<readonly number[]> =>
    Promise.all(
      names.map(async name => {
        const answer = await it.cluster.request('POST', `/api/v1/namespaces/${namespace}/pods`, pod(name));
        return answer.status;
      }),
    );
  const newTeam = (): Promise<string> =>
    newNamespace(it.cluster, 'test-team', { [MODE]: 'enforce', [ABSENT_POLICY]: 'reject' });
  /** Names of the servers of each message about a namespace. */
  const told = (namespace: string): readonly (readonly string[])[] =>
    receiver.lines
      .map(text => JSON.parse(text).data.events as readonly { namespace: string; subject: { name: string } }[])
      .filter(events => events.some(event => event.namespace === namespace))
      .map(events => events.map(({ subject }) => subject.name).sort());
  const allTold = (namespace: string, timeoutMs = 60_000): Promise<true> =>
    eventually('all are told', () => new Set(told(namespace).flat()).size === NAMES.length || undefined, { timeoutMs });
  const writersOf = (namespace: string): number =>
    new Set(
      collector.lines
        .map(text => JSON.parse(text))
        .filter(line => line.object?.namespace === namespace && line.allowed === false)
        .map(line => line.writer),
    ).size;

  test('50 Pods that both refused are one message', async () => {
    const team = await newTeam();
    expect(new Set(await create(team, NAMES))).toEqual(new Set([403]));
    await allTold(team);
    await sleep(2 * GROUP_SECONDS * 1000);
    expect(told(team)).toEqual([[...NAMES].sort()]);
    expect(writersOf(team)).toBe(2);
  });

  test('None is lost where the controllers are replaced in between, and a controller asks again', async () => {
    const team = await newTeam();
    await create(team, NAMES.slice(0, 25));
    const before = (await podsOf('controller')).map(({ name }) => name);
    const deleted = await it.cluster.kubectl(['delete', 'pod', '-n', SYSTEM, '--wait=false', ...before]);
    expect(deleted.code).toBe(0);
    await create(team, NAMES.slice(25));
    await allTold(team, 150_000);
    await areHandedOver();
    expect(told(team).flat().length).toBe(NAMES.length);
  }, 300_000);

  /** The Pod of the controller that leads. */
  const leader = (): Promise<string> =>
    eventually(
      'a controller leads',
      async () => {
        const holder = String((await it.cluster.request('GET', LEASE)).body.spec?.holderIdentity ?? '');
        return (await podsOf('controller')).find(({ name }) => holder.startsWith(name))?.name;
      },
      { timeoutMs: 60_000 },
    );
  /** When what is to be told was last kept beside each controller. */
  const keptAt = (): number => {
    const pods = join(it.cluster.address.folder, 'pods');
    const files = readdirSync(pods, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.notify-wal'));
    return Math.max(0, ...files.map(path => statSync(join(pods, path), { throwIfNoEntry: false })?.mtimeMs ?? 0));
  };
  /** Resolves once something more is kept: what was handed over is there then, and not yet acknowledged. */
  const isKept = async (since: number): Promise<void> => {
    for (let look = 0; look < 5_000 && keptAt() <= since; look += 1) await sleep(1);
  };
  /** Kills the process of the controller that leads, and lets another one lead as if its lease had run out. */
  const kill = async (): Promise<void> => {
    it.pods.kill(await leader(), 'controller');
    expectOk(await it.cluster.request('PATCH', LEASE, { spec: { holderIdentity: '' } }));
  };

  test('Of 240 none is lost where the process of the controller that leads is killed in the middle of taking them', async () => {
    const [KILLS, EACH] = [12, 20];
    const team = await newTeam();
    const all = Array.from({ length: KILLS * EACH }, (_, index) => `killed-${index}`);
    for (let round = 0; round < KILLS; round += 1) {
      await leader();
      const before = keptAt();
      const creating = create(team, all.slice(round * EACH, (round + 1) * EACH));
      if (round % 2 === 0) await isKept(before);
      else await sleep(Math.random() * 1_200);
      await kill();
      expect(new Set(await creating)).toEqual(new Set([403]));
    }
    const once = (): number => new Set(told(team).flat()).size;
    await eventually('all are told', () => once() === all.length || undefined, { timeoutMs: 150_000 });
    const names = told(team).flat();
    expect([...new Set(names)].sort()).toEqual([...all].sort());
    process.stderr.write(`killed ${KILLS} times: ${names.length - all.length} of ${all.length} were told twice\n`);
  }, 600_000);
});
