import { describe, expect, it } from 'vitest';
import {
  type CertificateStore,
  createCertificateManager,
  type RotationStatus,
} from '../../../src/app/certificates/manage.ts';
import { ROTATION_TIMES } from '../../../src/app/certificates/validity.ts';
import { createCertificateWorld } from '../../support/certificate-world.ts';
import { createFakeMaker, FAKE_READER } from '../../support/fake-certificates.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const NOW = Date.UTC(2026, 10, 21);

/** A manager over a world of its own. */
function managed(change: (store: CertificateStore) => Partial<CertificateStore> = () => ({})) {
  const world = createCertificateWorld();
  const time = createFakeTime();
  const steps: string[] = [];
  const looks: RotationStatus[] = [];
  const may = { write: true };
  const manager = createCertificateManager({
    store: { ...world.store, ...change(world.store) },
    reader: FAKE_READER,
    maker: createFakeMaker(),
    names: ['chokepoint.ops.svc'],
    time,
    times: ROTATION_TIMES,
    nowMs: () => NOW,
    mayWrite: () => may.write,
    onStep: ({ kind }) => steps.push(kind),
    onLook: status => looks.push(status),
  });
  return { world, time, steps, looks, may, manager };
}

describe('The first look', () => {
  it('does all that is to be done, and the next one nothing', async () => {
    const { manager, steps } = managed();
    expect(await manager.look()).toEqual({
      authorityNotAfterMs: NOW + 365 * 86_400_000,
      servingNotAfterMs: NOW + 90 * 86_400_000,
      previousAuthorities: 0,
      problems: [],
    });
    expect(steps.splice(0)).toEqual(['renew-authority', 'trust', 'trust', 'renew-serving']);
    await manager.look();
    expect(steps).toEqual([]);
  });

  it('writes nothing where another process leads', async () => {
    const { manager, steps, may, world } = managed();
    may.write = false;
    await manager.look();
    expect([steps, world.authority.data.size]).toEqual([[], 0]);
  });

  it('says what is absent, does the rest, and catches up', async () => {
    const { manager, steps, world } = managed();
    world.absent.add('chokepoint-tls').add('MutatingWebhookConfiguration');
    expect((await manager.look()).problems).toEqual([
      'the Secret chokepoint-tls is absent: apply the manifests, it is not made here',
      'the MutatingWebhookConfiguration is absent: nothing is asked of the webhook by it',
    ]);
    expect(steps.splice(0)).toEqual(['renew-authority', 'trust']);
    world.absent.clear();
    expect((await manager.look()).problems).toEqual([]);
    expect(steps).toEqual(['trust', 'renew-serving']);
  });

  it('says what may not be read, and makes no certificate that nobody may trust', async () => {
    const { manager, steps, world } = managed();
    world.forbidden.add('MutatingWebhookConfiguration');
    expect((await manager.look()).problems).toEqual(['the MutatingWebhookConfiguration cannot be read: forbidden']);
    expect(steps).toEqual(['renew-authority', 'trust', 'publish-bundle']);
  });

  it('says what may not be written', async () => {
    const { manager } = managed(() => ({ updateSecret: async () => ({ kind: 'failed', message: 'forbidden' }) }));
    expect((await manager.look()).problems).toEqual(['renew-authority: forbidden']);
  });

  it('reads again where somebody was faster', async () => {
    let conflicts = 3;
    const { manager, steps } = managed(store => ({
      trust: async (configuration, bundle) => {
        conflicts -= 1;
        return conflicts < 0 ? store.trust(configuration, bundle) : { kind: 'conflict' };
      },
    }));
    expect((await manager.look()).problems).toEqual([]);
    expect(steps).toEqual(['renew-authority', 'trust', 'trust', 'renew-serving']);
  });

  it('ends where somebody is faster each time', async () => {
    const { manager } = managed(() => ({ trust: async () => ({ kind: 'conflict' }) }));
    expect((await manager.look()).problems).toEqual(['there is no end of steps: others write what is written here']);
  });

  it('says that the API server does not answer', async () => {
    const { manager } = managed(() => ({ read: () => Promise.reject(new Error('no answer in time')) }));
    expect((await manager.look()).problems).toEqual(['no answer in time']);
  });
});

describe('A term', () => {
  it('looks at once, every 15 seconds, and sooner where something is wrong', async () => {
    const { manager, looks, time, world } = managed();
    const term = new AbortController();
    world.absent.add('chokepoint-ca');
    const running = manager.run(term.signal);
    await time.advance(3_000);
    // At 0, 1 and 3 seconds; then at 7, 15 and 30.
    expect(looks.length).toBe(3);
    await time.advance(12_000);
    expect(looks.length).toBe(5);
    world.absent.clear();
    await time.advance(15_000);
    expect(looks.map(({ problems }) => problems.length)).toEqual([1, 1, 1, 1, 1, 0]);
    await time.advance(15_000);
    expect(looks.length).toBe(7);
    term.abort();
    await running;
    expect(time.pending()).toBe(0);
  });
});
