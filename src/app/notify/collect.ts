import { isFields, own } from '../../core/kube/reading.ts';
import { pause, type Time } from '../time.ts';
import type { WebhookPod } from '../webhook-pods.ts';
import type { HandedLines } from './handed-lines.ts';

export interface CollectorPorts {
  readonly time: Time;
  /** Milliseconds between two rounds. */
  readonly everyMs: number;
  /** The Pods of the webhook. */
  pods(): readonly WebhookPod[];
  /** Rejects where the Pod hands nothing over. */
  ask(pod: WebhookPod, mark: string, ending: AbortSignal): Promise<HandedLines>;
  /** Resolves once the lines are kept where notifications are made of them; of none, where that can be. */
  take(lines: readonly string[]): Promise<void>;
  /** Told after each round: which Pods handed nothing over, by uid, and why. Must not throw. */
  onCollected(failed: ReadonlyMap<string, unknown>): void;
  /** Lines cannot be kept here: nobody was asked. Must not throw. */
  onNothingKept(error: unknown): void;
}

/** When a line was made; empty where it does not say. */
function timeOf(text: string): string {
  try {
    const line: unknown = JSON.parse(text);
    return isFields(line) ? String(own(line, 'time') ?? '') : '';
  } catch {
    return '';
  }
}

/** Lines of several records by their times. Those of one stay in its order, whatever its clock did. */
export function byTime(records: readonly (readonly string[])[]): readonly string[] {
  const timed = records.flatMap(lines => {
    let latest = '';
    return lines.map(text => {
      const time = timeOf(text);
      latest = time > latest ? time : latest;
      return { text, latest };
    });
  });
  return timed
    .sort((one, other) => (one.latest < other.latest ? -1 : Number(one.latest > other.latest)))
    .map(({ text }) => text);
}

/** A Pod to ask, and what it is to know as kept. */
interface Question {
  readonly pod: WebhookPod;
  readonly mark: string;
}

interface Answer extends Question {
  readonly lines: readonly string[];
}

/** Gathers what is there now. Returns why some of it could not be, by Pod. Rejects where nothing can be kept. */
async function collectOnce(ports: CollectorPorts, ending: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
  const failed = new Map<string, unknown>();
  const ask = async ({ pod, mark }: Question): Promise<readonly Answer[]> => {
    try {
      return [{ pod, ...(await ports.ask(pod, mark, ending)) }];
    } catch (error) {
      failed.set(pod.pod, error);
      return [];
    }
  };
  // Who could not keep what is handed over does not ask for it.
  await ports.take([]);
  let questions: readonly Question[] = ports.pods().map(pod => ({ pod, mark: '' }));
  while (questions.length > 0 && !ending.aborted) {
    const answers = (await Promise.all(questions.map(ask))).flat();
    const lines = byTime(answers.map(one => one.lines));
    if (lines.length > 0) await ports.take(lines);
    questions = answers.filter(({ mark }) => mark !== '');
  }
  return failed;
}

/**
 * Gathers the lines that tell events from all Pods of the webhook, so that one process makes the notifications of all of them. A line that is not kept here
 * stays where it is. Goes on until the signal aborts: as long as this process leads, since one alone gathers. Never rejects.
 */
export async function collect(ports: CollectorPorts, ending: AbortSignal): Promise<void> {
  const { time, everyMs, onCollected, onNothingKept } = ports;
  while (!ending.aborted) {
    try {
      onCollected(await collectOnce(ports, ending));
    } catch (error) {
      if (!ending.aborted) onNothingKept(error);
    }
    await pause(time, everyMs, ending);
  }
}
