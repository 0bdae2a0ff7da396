import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import type { AdmissionPorts, Decided } from '../../../src/app/admission/ports.ts';
import type { Review } from '../../../src/app/admission/review.ts';
import { createKnownLines } from '../../../src/app/record/known-lines.ts';
import { lineTexts } from '../../../src/app/record/objects-part.ts';
import { type LineParts, partsOf } from '../../../src/app/record/review-line.ts';
import type { WorldReading } from '../../../src/app/world-reading.ts';
import type { GatePolicy } from '../../../src/core/gate/types.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { World } from '../../../src/core/world/world.ts';
import { closingPolicy, deployment, gate, namespace, testPolicy, worldOf } from '../../support/reviews.ts';
import { Cluster, known, POLICIES, REVIEWS, type Step, stepOf, withMetadata } from '../admission/changing-cluster.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What is made of each review by lines that are remembered, and by one that never was. */
interface Kept {
  readonly recorder: NonNullable<AdmissionPorts['recorder']>;
  readonly decided: Decided[];
  readonly remembered: LineParts[];
  readonly afresh: LineParts[];
}

function keeping(world: () => World): Kept {
  const lines = createKnownLines(lineTexts(HASHING));
  const [remembered, afresh]: [LineParts[], LineParts[]] = [[], []];
  const all: Decided[] = [];
  const decided = async (one: Decided): Promise<Decided['result']['response']> => {
    const judged = one.result.judged ?? world();
    all.push(one);
    remembered.push(lines(one, judged));
    afresh.push(partsOf(one, judged, lineTexts(HASHING)));
    return one.result.response;
  };
  return { decided: all, remembered, afresh, recorder: { decided, observed: async () => undefined } };
}

/** What may differ in the objects of reviews that say the same, and what may not. */
const metadataOf: fc.Arbitrary<Fields> = fc.record(
  {
    uid: fc.constantFrom('uid-1', 'uid-2'),
    creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', null),
    namespace: fc.constantFrom('prod', ''),
    managedFields: fc.constantFrom([], [{ manager: 'helm' }]),
    annotations: fc.constantFrom({}, { [LAST_APPLIED]: '' }, { [LAST_APPLIED]: '{}' }, { [LAST_APPLIED]: '{"a":1}' }),
  },
  { requiredKeys: [] },
);

function withObjects(asked: Review, metadata: Fields, which: 'object' | 'oldObject'): Review {
  const object = asked[which];
  return object === undefined ? asked : { ...asked, [which]: withMetadata(object, metadata) };
}

/** What happens, and how the last of three reviews that are asked then differs from the others. */
interface Turn {
  readonly step: Step;
  readonly metadata: Fields;
  readonly which: 'object' | 'oldObject';
}

const turnOf: fc.Arbitrary<Turn> = fc.record({
  step: stepOf,
  metadata: metadataOf,
  which: fc.constantFrom('object', 'oldObject'),
});

/** Each review is asked three times: it is known then, if it can be. */
function asksOf({ step, metadata, which }: Turn): readonly Review[] {
  const asked = 'review' in step ? REVIEWS[step.review] : undefined;
  return asked === undefined ? [] : [asked, asked, withObjects(asked, metadata, which)];
}

async function toldIn(turns: readonly Turn[]): Promise<Kept & { readonly bugs: readonly unknown[] }> {
  const cluster = new Cluster();
  for (const object of [0, 1, 2, 4]) cluster.put(object, 0);
  let policy: GatePolicy = testPolicy();
  const kept = keeping(() => cluster.world());
  const world = (): WorldReading => ({ kind: 'ready', world: cluster.world() });
  const { recorder } = kept;
  const { validate, bugs } = gate(policy, cluster.world(), undefined, { world, policy: () => policy, recorder });
  for (const turn of turns) {
    if ('object' in turn.step) cluster.put(turn.step.object, turn.step.state);
    if ('policy' in turn.step) policy = POLICIES[turn.step.policy] ?? policy;
    for (const asked of asksOf(turn)) await validate(asked, 60_000);
  }
  return { ...kept, bugs };
}

describe('the line of a review that is known', () => {
  test('is whatever happens the one that is made of a review that nobody knows', async () => {
    const tell = async (turns: readonly Turn[]): Promise<void> => {
      const { bugs, remembered, afresh } = await toldIn(turns);
      expect(bugs).toEqual([]);
      expect(remembered).toEqual(afresh);
    };
    await fc.assert(fc.asyncProperty(fc.array(turnOf, { minLength: 20, maxLength: 40 }), tell), { numRuns: 25 });
  });

  const CLOSED = worldOf(namespace(), deployment(), closingPolicy());
  const object = known('deployment-create').object ?? {};
  /** The parts of the lines of reviews that come after one is known, and what was decided of all. */
  async function linesAfter(others: readonly Review[]): Promise<Kept> {
    const kept = keeping(() => CLOSED);
    const { validate } = gate(testPolicy(), CLOSED, undefined, { recorder: kept.recorder });
    for (let time = 0; time < 3; time += 1) await validate(known('deployment-create'), 60_000);
    for (const other of others) await validate(other, 60_000);
    return kept;
  }

  test.each<[what: string, other: Review, isJudgedPartKept: boolean, areObjectsKept: boolean]>([
    ['is not made again of the same', known('deployment-create'), true, true],
    ['nor of another review that says the same', known('deployment-create', {}, { uid: 'other' }), true, true],
    [
      'tells of the object anew where it has another uid',
      known('deployment-create', { object: withMetadata(object, { uid: 'other' }) }),
      true,
      false,
    ],
    ['and is made anew of a dry run', known('deployment-create', {}, { dryRun: true }), false, false],
  ])('%s', async (_what, other, isJudgedPartKept, areObjectsKept) => {
    const [kept, next] = (await linesAfter([other])).remembered.slice(2);
    expect([next?.judged === kept?.judged, next?.objects === kept?.objects]).toEqual([
      isJudgedPartKept,
      areObjectsKept,
    ]);
  });

  test('holds nothing of what the judge worked out', async () => {
    const { decided } = await linesAfter([]);
    expect(decided.map(({ known: one, result }) => [one === undefined, result.worked === undefined])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ]);
  });

  test('is that of the Pod itself, where Pods of one controller are known under whatever names', async () => {
    const recorded = 'recorded/pod-create-by-replicaset';
    const pod = known(recorded).object ?? {};
    const podOf = (name: string, token: string): Review => {
      const text = JSON.stringify(withMetadata(pod, { name })).replaceAll('access-bbbb2', `access-${token}`);
      return known(recorded, { name, object: JSON.parse(text) });
    };
    const pods = ['x2x7q', 'k8w2d', 'k8w2d', 'zzzzz', 'x2x7q'].map(end => podOf(`owner-replicaset-${end}`, 'bbbb2'));
    const { remembered, afresh } = await linesAfter([...pods, podOf('owner-replicaset-x2x7q', 'zx9fd')]);
    expect(remembered).toEqual(afresh);
  });

  test('is made anew where the cluster answers otherwise', async () => {
    const decided = (await linesAfter([])).decided.at(-1);
    if (decided === undefined) throw new Error('nothing was decided');
    const lines = createKnownLines(lineTexts(HASHING));
    const opened = worldOf(namespace(), deployment());
    const [first, again, otherwise] = [CLOSED, CLOSED, opened].map(world => lines(decided, world));
    expect([again, otherwise].map(parts => parts?.judged === first?.judged)).toEqual([true, false]);
    expect(otherwise).toEqual(partsOf(decided, opened, lineTexts(HASHING)));
  });

  test('is not remembered where it is long', async () => {
    const long = known('deployment-create', {
      object: withMetadata(object, { annotations: { notes: 'x'.repeat(8 * 1024) } }),
    });
    const lines = (await linesAfter([long, long, long, long])).remembered.slice(3);
    expect(new Set(lines.map(({ judged }) => judged)).size).toBe(4);
  });
});
