import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Request } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { eventually } from '../control-plane/eventually.ts';
import { type Bypass, MODE, PODS, POLICIES, pathIn, sceneIn } from '../e2e/scene.ts';
import { CLOSED, LABELS, pod, policy } from '../e2e/servers.ts';
import { deleteNamespaces, newNamespace } from '../e2e/shared-cluster.ts';
import { get } from '../support/oracle-reading.ts';
import type { Random } from '../support/random.ts';
import { hostileObject } from './hostile-objects.ts';
import { openingsTried } from './openings-tried.ts';
import { ENFORCED, enforces, type Place, type Places } from './places.ts';
import { createWatchman } from './stored.ts';

/** How the attacker's calls ended: `unjudged` for want of an answer of the gate, `other` by the API server's own word (422, 413, 409). */
export type Outcome = 'allowed' | 'refused' | 'unjudged' | 'other';

export interface AttackRecord {
  readonly what: string;
  readonly outcome: Outcome;
  readonly ms: number;
  /** Of `unjudged`. */
  readonly message: string;
}

export interface Attack {
  readonly records: readonly AttackRecord[];
  /** What was let through that opens a server, and what is open of what is stored. */
  readonly wrongAllows: readonly string[];
  /** How often the stored traffic of a namespace was worked out. */
  readonly looks: number;
  /** Errors that ended the attack in a place: of the soak itself. */
  readonly broken: readonly string[];
}

const PAUSE_MS = 200;
const NAMESPACE_PAUSE_MS = 5000;
/** Hostile objects that stay in a place until the next ones push them out. */
const KEPT = 2;

const FAILED = /failed calling webhook|view of the cluster|cannot be read: try again/;

function outcomeOf({ status, body }: Answer): Outcome {
  if (status < 300) return 'allowed';
  const message = String(body?.message ?? '');
  if (FAILED.test(message)) return 'unjudged';
  return status === 403 && message.includes('denied the request') ? 'refused' : 'other';
}

const isPassed = (status: number): boolean => status >= 200 && status < 300;

const asDryRun =
  (request: Request): Request =>
  (method, path, ...rest) =>
    request(method, `${path}${path.includes('?') ? '&' : '?'}dryRun=All`, ...rest);

/** What every part of the attack writes to. */
class Diary {
  readonly records: AttackRecord[] = [];
  readonly wrongAllows: string[] = [];
  readonly broken: string[] = [];

  async note(what: string, send: () => Promise<Answer>): Promise<Answer> {
    const start = performance.now();
    const answer = await send().catch(
      (error): Answer => ({ status: 0, headers: {}, body: { message: `failed calling webhook? ${error}` } }),
    );
    const outcome = answer.status === 0 ? 'unjudged' : outcomeOf(answer);
    const message = outcome === 'unjudged' ? String(answer.body?.message).slice(0, 300) : '';
    this.records.push({ what, outcome, ms: performance.now() - start, message });
    return answer;
  }

  /** Of a call that would open a server if it passed. */
  async mustFail(what: string, where: string, send: () => Promise<Answer>): Promise<void> {
    const { status } = await this.note(what, send);
    if (isPassed(status)) this.wrongAllows.push(`${new Date().toISOString()} ${where}: ${what}: ${status}`);
  }
}

/** What the API server answered to a call that passed. */
interface Passed {
  readonly object: unknown;
  readonly isDry: boolean;
  /** Whether it was to open the server. */
  readonly isAttempt: boolean;
}

/**
 * What is to be looked at beside what is stored: policies and Services of dry runs, and Pods as a workload would make them, but where the controller makes
 * the policies. Dry runs of Pods and workloads are let through without a policy, since tools try a whole bundle before they apply any of it.
 */
function besideStored(passed: Passed | undefined, { purpose }: Place): unknown {
  const kind = get(passed?.object, 'kind');
  if (kind === 'NetworkPolicy' || kind === 'Service') return passed?.object;
  return passed?.isDry || kind === 'Pod' || purpose !== 'reject' ? undefined : passed?.object;
}

/** One after the other in one place, so that what a call has opened is still open when the place is looked at. */
class PlaceAttack {
  readonly #diary: Diary;
  readonly #request: Request;
  readonly #place: Place;
  readonly #random: Random;
  readonly #bypasses: readonly Bypass[];
  readonly #prepared = new Set<string>();
  readonly #kept: string[] = [];
  #number = 0;

  constructor(diary: Diary, request: Request, place: Place, random: Random, isAlone: boolean) {
    this.#diary = diary;
    this.#request = request;
    this.#place = place;
    this.#random = random;
    this.#bypasses = openingsTried(place, isAlone);
  }

  /** Resolves to undefined where the API server refused. */
  step(): Promise<Passed | undefined> {
    return enforces(this.#place) && this.#random.chance(0.4) ? this.#tryToOpen() : this.#sendObject();
  }

  /**
   * What a dry run lets through is then done: a hostile policy may close the server once more, and then nothing opens it. Whether something did is to be
   * seen from what is stored.
   */
  async #tryToOpen(): Promise<Passed | undefined> {
    const bypass = this.#random.pick(this.#bypasses);
    if (!this.#prepared.has(bypass.title)) {
      this.#prepared.add(bypass.title);
      await bypass.prepare?.(sceneIn(this.#place.namespace, this.#request));
    }
    if (this.#random.chance(0.3)) {
      const { status } = await this.#attempt(bypass, ' (dry run)', asDryRun(this.#request));
      if (!isPassed(status)) return undefined;
    }
    const { status, body } = await this.#attempt(bypass, '', this.#request);
    return isPassed(status) ? { object: body, isDry: false, isAttempt: true } : undefined;
  }

  /** The server and its policy as they were: where nobody is a server any more, policies that open it are nobody's harm, and stay. */
  async restore(): Promise<void> {
    const { namespace } = this.#place;
    await this.#request('POST', pathIn(namespace, POLICIES), policy('weather', CLOSED));
    await this.#request('POST', pathIn(namespace, PODS), pod('weather'));
    await this.#request('PATCH', pathIn(namespace, `${PODS}/weather`), { metadata: { labels: LABELS } });
  }

  #attempt({ title, attempt }: Bypass, how: string, request: Request): Promise<Answer> {
    return this.#diary.note(`${title}${how}`, () => attempt(sceneIn(this.#place.namespace, request)));
  }

  async #sendObject(): Promise<Passed | undefined> {
    const name = `hostile-${this.#number++}`;
    const { what, collection, object } = hostileObject(this.#random, name);
    const isDry = this.#random.chance(0.3);
    const request = isDry ? asDryRun(this.#request) : this.#request;
    const path = pathIn(this.#place.namespace, collection);
    const { status, body } = await this.#diary.note(`${what}${isDry ? ' (dry run)' : ''}`, () =>
      request('POST', path, object),
    );
    if (!isPassed(status)) return undefined;
    if (!isDry) this.#kept.push(`${path}/${name}`);
    if (this.#kept.length > KEPT) await this.#remove(this.#kept.shift() ?? '');
    return { object: body, isDry, isAttempt: false };
  }

  async #remove(path: string): Promise<void> {
    await this.#diary.note('take the finalizers off', () =>
      this.#request('PATCH', path, { metadata: { finalizers: null } }),
    );
    await this.#diary.note('delete a hostile object', () => this.#request('DELETE', path, { gracePeriodSeconds: 0 }));
  }
}

/** Namespaces are lowered, deleted and made again: nothing open gets in by that. */
async function recreate(cluster: Connection, attacker: Request, diary: Diary): Promise<void> {
  const namespace = await newNamespace(cluster, 'again', ENFORCED);
  const path = `/api/v1/namespaces/${namespace}`;
  const open = (): Promise<Answer> => attacker('POST', pathIn(namespace, PODS), pod('open'));
  await diary.mustFail('an open server in a new namespace', namespace, open);
  await diary.mustFail('a new namespace is lowered', namespace, () =>
    attacker('PATCH', path, { metadata: { labels: { [MODE]: 'off' } } }),
  );
  await diary.note('delete a namespace', () => attacker('DELETE', path));
  await eventually(
    `${namespace} is gone`,
    async () => (await cluster.request('GET', path)).status === 404 || undefined,
  );
  await diary.note('make a namespace again', () =>
    attacker('POST', '/api/v1/namespaces', { metadata: { name: namespace, labels: ENFORCED } }),
  );
  await cluster.request('POST', `${path}/serviceaccounts`, { metadata: { name: 'default' } });
  await diary.mustFail('an open server in a namespace made again', namespace, open);
  await deleteNamespaces(cluster, [namespace]);
}

export interface AttackOptions {
  readonly cluster: Connection;
  /** With every right in the cluster but to lower a mode. */
  readonly attacker: Request;
  readonly places: Places;
  /** Another one for each place. */
  readonly random: () => Random;
}

/** Starts it; `stop` lets each step end. */
export function startAttack({ cluster, attacker, places, random }: AttackOptions): {
  readonly stop: () => Promise<Attack>;
} {
  const diary = new Diary();
  let isStopped = false;
  let looks = 0;
  const until = async (what: string, pauseMs: number, round: () => Promise<boolean>): Promise<void> => {
    try {
      while (!isStopped && (await round())) await sleep(pauseMs);
    } catch (error) {
      diary.broken.push(`${what}: ${error instanceof Error ? error.stack : error}`);
    }
  };
  const attackPlace = async (place: Place, isAlone: boolean): Promise<void> => {
    const steps = new PlaceAttack(diary, attacker, place, random(), isAlone);
    const watchman = createWatchman(cluster.request, place.namespace);
    await until(place.namespace, PAUSE_MS, async () => {
      const passed = await steps.step();
      if (!enforces(place)) return true;
      const what = diary.records.at(-1)?.what ?? '';
      const beside = besideStored(passed, place);
      const found = [...(await watchman.look()), ...(beside === undefined ? [] : await watchman.look(beside))];
      const when = `${new Date().toISOString()} ${place.purpose}`;
      diary.wrongAllows.push(...found.map(how => `${when}: ${how} (after: ${what})`));
      // What is open stays open: the next looks would tell the same.
      if (found.length > 0) return false;
      if (passed?.isAttempt) await steps.restore();
      return true;
    });
    looks += watchman.looks();
  };
  const attacked = [
    ...places.shared.filter(({ purpose }) => purpose !== 'off').map(place => attackPlace(place, false)),
    attackPlace(places.alone, true),
    until('namespaces', NAMESPACE_PAUSE_MS, async () => {
      await recreate(cluster, attacker, diary);
      return true;
    }),
  ];
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(attacked);
      return { records: diary.records, wrongAllows: diary.wrongAllows, looks, broken: diary.broken };
    },
  };
}
