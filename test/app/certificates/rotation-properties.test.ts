import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AUTHORITY_CERT, CERT, KEY, ROTATE } from '../../../src/app/certificates/facts.ts';
import {
  type CertificateManager,
  type CertificateStore,
  createCertificateManager,
} from '../../../src/app/certificates/manage.ts';
import { ROTATION_TIMES } from '../../../src/app/certificates/validity.ts';
import { createCertificateWorld } from '../../support/certificate-world.ts';
import { createFakeMaker, FAKE_READER, fakeContent } from '../../support/fake-certificates.ts';

const NAMES = ['chokepoint.chokepoint-system.svc'];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 86_400 * SECOND;
/** Milliseconds within which every API server has read a configuration, and every kubelet has brought a Secret. */
const API_SERVER_LAG = ROTATION_TIMES.settleMs;
const KUBELET_LAG = 30 * MINUTE;

/** What happens next. Numbers are shares, from 0 to 1. */
type Happening =
  | { readonly kind: 'time'; readonly ms: number; readonly looks: readonly number[] }
  /** The controller is killed after so many writes, and another one goes on. */
  | { readonly kind: 'kill'; readonly writes: number }
  /** Another controller believes that it leads: it reads, the first one does all that it can, and then the other one writes. */
  | { readonly kind: 'rival' }
  | { readonly kind: 'rotate-authority' | 'rotate-serving' | 'lose-authority' | 'lose-serving' | 'lose-key' };

/** From 0 to 1. */
const share: fc.Arbitrary<number> = fc.nat({ max: 1000 }).map(permille => permille / 1000);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.oneof(
        fc.integer({ min: 1, max: 40 * SECOND }),
        fc.integer({ min: 1, max: 90 * MINUTE }),
        fc.integer({ min: 1, max: 25 * DAY }),
      ),
      looks: fc.array(share, { maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), writes: fc.integer({ min: 0, max: 4 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'rival' as const,
        'rotate-authority' as const,
        'rotate-serving' as const,
        'lose-authority' as const,
        'lose-serving' as const,
        'lose-key' as const,
      ),
    }),
  },
);

/** Two API servers, three replicas, and a controller. `chance` says how late each of them is. */
async function createPlay(chance: () => number) {
  const world = createCertificateWorld();
  let nowMs = Date.UTC(2026, 10, 21);
  let writesLeft = Number.POSITIVE_INFINITY;
  const maker = createFakeMaker();
  const due: { readonly atMs: number; readonly act: () => void }[] = [];
  const views = [new Map<string, string>(), new Map<string, string>()];
  const served: string[] = ['', '', ''];

  const later = (lagMs: number, act: () => void): void => {
    due.push({ atMs: nowMs + Math.floor(chance() * lagMs), act });
  };
  const see = (view: Map<string, string>): void => {
    for (const { kind, caBundle } of world.configurations) view.set(kind, caBundle);
  };
  /** A kubelet leaves what is there where a key is absent. */
  const mount = (index: number): void => {
    const [cert, key] = [world.serving.data.get(CERT), world.serving.data.get(KEY)];
    if (cert !== undefined && key !== undefined) served[index] = cert;
  };
  world.onWrite = () => {
    writesLeft -= 1;
    for (const view of views) later(API_SERVER_LAG, () => see(view));
    for (const index of served.keys()) later(KUBELET_LAG, () => mount(index));
  };
  const manager = (store: CertificateStore = world.store): CertificateManager =>
    createCertificateManager({
      store,
      reader: FAKE_READER,
      maker,
      names: NAMES,
      time: { nowMs: () => nowMs, random: () => 0, after: () => () => undefined },
      times: ROTATION_TIMES,
      nowMs: () => nowMs,
      mayWrite: () => writesLeft > 0,
      onStep: () => undefined,
      onLook: ({ problems }) => expect(problems).toEqual([]),
    });
  let leader = manager();
  /** Every certificate that is served, and its authority, hold today and are trusted by every API server. */
  const check = (): void => {
    for (const pem of served) {
      const leaf = fakeContent(pem);
      expect(leaf?.notAfterMs).toBeGreaterThanOrEqual(nowMs);
      for (const bundle of views.flatMap(view => [...view.values()])) {
        const signer = FAKE_READER.authorities(bundle).find(each => fakeContent(each.pem)?.id === leaf?.by);
        expect(signer?.notAfterMs, `${leaf?.id} by ${leaf?.by}, trusted: ${bundle}`).toBeGreaterThanOrEqual(nowMs);
      }
    }
  };
  const advanceTo = (endMs: number): void => {
    for (;;) {
      const next = due.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      due.splice(due.indexOf(next), 1);
      nowMs = Math.max(nowMs, next.atMs);
      next.act();
      check();
    }
    nowMs = endMs;
    check();
  };
  const happen = async (what: Happening): Promise<void> => {
    const startMs = nowMs;
    switch (what.kind) {
      case 'time':
        for (const part of [...what.looks].sort((a, b) => a - b)) {
          advanceTo(startMs + Math.floor(part * what.ms));
          await leader.look();
          check();
        }
        advanceTo(startMs + what.ms);
        break;
      case 'kill':
        writesLeft = what.writes;
        await leader.look();
        check();
        writesLeft = Number.POSITIVE_INFINITY;
        leader = manager();
        return;
      case 'rival': {
        const stale: CertificateStore = {
          ...world.store,
          read: async () => {
            const objects = await world.store.read();
            await leader.look();
            return objects;
          },
        };
        await manager(stale).look();
        return check();
      }
      case 'rotate-authority':
        return void world.authority.annotations.set(ROTATE, 'now');
      case 'rotate-serving':
        return void world.serving.annotations.set(ROTATE, 'now');
      case 'lose-serving':
        // With both Secrets nobody knows whom to trust: that is a hard rotation.
        if (!world.authority.data.has(AUTHORITY_CERT)) return;
        world.serving.data.clear();
        world.serving.version += 1;
        return;
      case 'lose-authority':
        if (!world.serving.data.has(AUTHORITY_CERT)) return;
        world.authority.data.clear();
        world.authority.version += 1;
        return;
      case 'lose-key':
        world.authority.data.delete('ca.key');
        world.authority.version += 1;
        return;
    }
    await leader.look();
    check();
  };
  await leader.look();
  views.forEach(see);
  for (const index of served.keys()) mount(index);
  check();
  return { happen, look: () => leader.look(), advanceTo, now: () => nowMs, world };
}

it('Whatever is served is trusted by every API server, however late and in whatever order things happen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), fc.infiniteStream(share), async (happenings, shares) => {
      const play = await createPlay(() => shares.next().value ?? 0);
      for (const what of happenings) await play.happen(what);
    }),
    { numRuns: 150 },
  );
});

it('Nothing ends in three years in which the controller looks every ten days', async () => {
  const play = await createPlay(() => 0.5);
  for (let days = 0; days < 3 * 365; days += 10) await play.happen({ kind: 'time', ms: 10 * DAY, looks: [0.001, 0.1] });
});

it('A rotation ends: one authority, trusted by all, and a certificate by it', async () => {
  const play = await createPlay(() => 0.5);
  await play.happen({ kind: 'rotate-authority' });
  await play.happen({ kind: 'time', ms: 2 * 60 * MINUTE, looks: [0, 0.1, 0.2, 0.9] });
  const { authority, configurations, serving } = play.world;
  const current = authority.data.get('ca.crt') ?? '';
  expect(fakeContent(current)?.id).toBe('A3');
  expect(authority.data.get('previous.crt')).toBe('');
  expect(configurations.map(({ caBundle }) => caBundle)).toEqual([current, current]);
  expect(fakeContent(serving.data.get(CERT) ?? '')?.by).toBe('A3');
  expect(serving.data.get(AUTHORITY_CERT)).toBe(current);
});
