import type { Client } from '../adapters/kubernetes/client/client.ts';
import { ROLLOUT_ANNOTATION } from '../app/rollout/plan.ts';
import type { ReportedNamespace } from '../app/rollout/report.ts';
import { GateError } from '../errors.ts';
import { connectToChosen } from './chosen-cluster.ts';
import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
import { type RolloutFound, readRollouts } from './rollout-input.ts';
import { openText } from './rollout-text.ts';

type Options = CommandSpecific['rolloutChange'];

/** A namespace that is to be changed, as it was read. */
interface Asked {
  readonly client: Client;
  readonly one: ReportedNamespace;
  readonly found: RolloutFound;
}

/** What the annotation says, whatever the stage. */
const isMarked = ({ one, found }: Asked): boolean =>
  found.world.namespace(one.namespace).namespace?.meta.annotations.get(ROLLOUT_ANNOTATION) === 'paused';

const isPaused = (asked: Asked): boolean => asked.one.status === 'paused' || isMarked(asked);

/** What follows for a namespace that was raised although its rollout is paused. */
const pausedText = (name: string, stage: 'warn' | 'enforce'): string =>
  stage === 'enforce'
    ? `${name}: its rollout was paused, and stays so, though no stage comes after enforce\n`
    : `${name}: its rollout is paused, and stays so: no stage comes after ${stage} until chokepoint rollout resume ${name}\n`;

async function promote(asked: Asked, { force }: Options, io: Io): Promise<number> {
  const { client, one, found } = asked;
  const { namespace: name, next, stage } = one;
  const { namespace } = found.world.namespace(name);
  if (next === null || namespace === undefined) {
    await io.stdout.write(`${name}: mode ${stage}, after which no stage comes\n`);
    return 1;
  }
  if (next.stage === 'enforce' && one.stopped.length > 0 && !force) {
    await io.stderr.write(openText(one));
    return 1;
  }
  const { uid, labels } = namespace.meta;
  const { writeMode } = await import('../adapters/kubernetes/writes/rollout-request.ts');
  await writeMode(client, name, { uid, label: labels.get('chokepoint.dev/mode'), to: next.stage });
  await io.stdout.write(`${name}: mode ${stage} raised to ${next.stage}\n`);
  if (isPaused(asked)) await io.stdout.write(pausedText(name, next.stage));
  return 0;
}

/** The texts of the annotation, and what is said once they stand there. */
const MARKS = {
  pause: { text: () => 'paused', says: 'its rollout is paused' },
  resume: { text: (nowMs: number) => `resumed ${new Date(nowMs).toISOString()}`, says: 'its rollout goes on' },
} as const;

/** Why there is nothing to do; `undefined`: there is. */
function whyNot(asked: Asked, what: 'pause' | 'resume'): string | undefined {
  const { status, stage } = asked.one;
  if (what === 'resume') return isPaused(asked) ? undefined : 'its rollout is not paused';
  if (isPaused(asked)) return 'its rollout is paused already';
  return status === 'done' || status === 'off'
    ? `mode ${stage}, after which no stage comes: there is nothing to pause`
    : undefined;
}

async function mark(asked: Asked, what: 'pause' | 'resume', io: Io): Promise<number> {
  const { namespace } = asked.one;
  const why = whyNot(asked, what);
  if (why !== undefined) {
    await io.stdout.write(`${namespace}: ${why}\n`);
    return 1;
  }
  const { text, says } = MARKS[what];
  const { annotateNamespace } = await import('../adapters/kubernetes/writes/rollout-request.ts');
  await annotateNamespace(asked.client, namespace, ROLLOUT_ANNOTATION, text(Date.now()));
  await io.stdout.write(`${namespace}: ${says}\n`);
  return 0;
}

/** `rollout promote`, `pause` and `resume`, by the rights of whoever asks. Rejects with a GateError where it cannot be done. */
export async function runRolloutChange(
  what: 'promote' | 'pause' | 'resume',
  name: string,
  options: Options,
  io: Io,
): Promise<number> {
  const cluster = await connectToChosen(options, io);
  try {
    const found = await readRollouts(cluster, options, [name], io);
    const [one] = found.report.namespaces;
    if (one === undefined) throw new GateError('bad-usage', `no rollout names ${name}, or there is none`);
    if (found.isIncomplete) return 2;
    const asked = { client: cluster.client, one, found };
    return what === 'promote' ? await promote(asked, options, io) : await mark(asked, what, io);
  } finally {
    cluster.client.close();
  }
}
