import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Request } from '../control-plane/client.ts';
import { LABELS, pod, podSpec } from './servers.ts';

/** What came of a load. */
export interface Tally {
  /** Calls that were answered as they must be. */
  right: number;
  /** Answered, and otherwise than they must be: an open server let in, a closed one refused by judgement. */
  readonly wrong: string[];
  /** Refused because the gate was not reached, or did not answer in time. */
  readonly unjudged: string[];
  /** Of the API server itself: it was away, or its etcd. */
  readonly away: string[];
}

/** Calls without an end, until it is told. */
export interface Load {
  /** Lets what is under way end. */
  stop(): Promise<Tally>;
}

const GATE_FAILED = /failed calling webhook|view of the cluster|cannot be read: try again/;
const JUDGED = /denied the request/;

type Call = (namespace: string, turn: number) => { readonly mustPass: boolean; readonly answer: Promise<Answer> };

const deployment = (name: string, turn: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, annotations: { turn: String(turn) } },
  spec: {
    replicas: 0,
    selector: { matchLabels: LABELS },
    template: { metadata: { labels: LABELS }, spec: { ...podSpec({ schedulerName: 'default-scheduler' }) } },
  },
});

/** By turns: a Deployment that a policy closes is applied, an open Pod and a closed one are created (dry, so that nothing piles up), a policy is opened. */
const calls = (request: Request): readonly Call[] => [
  (namespace, turn) => ({
    mustPass: true,
    answer: request(
      'PATCH',
      `/apis/apps/v1/namespaces/${namespace}/deployments/load-${turn % 8}?fieldManager=load&force=true`,
      deployment(`load-${turn % 8}`, turn),
      { contentType: 'application/apply-patch+yaml' },
    ),
  }),
  (namespace, turn) => ({
    mustPass: false,
    answer: request('POST', `/api/v1/namespaces/${namespace}/pods`, pod(`open-${turn}`, { ...LABELS, app: 'open' })),
  }),
  (namespace, turn) => ({
    mustPass: true,
    answer: request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod(`closed-${turn}`)),
  }),
  namespace => ({
    mustPass: false,
    answer: request('PATCH', `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/weather`, {
      spec: { ingress: [{}] },
    }),
  }),
];

function take(tally: Tally, mustPass: boolean, { status, body }: Answer): void {
  const message = `${status} ${body?.message ?? JSON.stringify(body)}`.slice(0, 300);
  if (status < 300) {
    if (mustPass) tally.right += 1;
    else tally.wrong.push(`let in: ${message}`);
  } else if (GATE_FAILED.test(message)) tally.unjudged.push(message);
  else if (status === 403 && JUDGED.test(message)) {
    if (mustPass) tally.wrong.push(message);
    else tally.right += 1;
  } else tally.away.push(message);
}

/** Callers of a load that says nothing else. */
const CALLERS = 4;

/** Right answers of a load in which each caller has made each kind of call: how many more there are is the machine's. */
export const EVERY_CALL = CALLERS * 4;

/** Starts so many callers in a namespace that enforces and holds a closed server, each with its next call as soon as the last is answered. */
export function startLoad(request: Request, namespace: string, callers = CALLERS): Load {
  const tally: Tally = { right: 0, wrong: [], unjudged: [], away: [] };
  let isStopped = false;
  const all = calls(request);
  const caller = async (first: number): Promise<void> => {
    for (let turn = first; !isStopped; turn += callers) {
      // Each caller makes every kind of call.
      const call = all[(Math.floor(turn / callers) + first) % all.length];
      if (call === undefined) return;
      const { mustPass, answer } = call(namespace, turn);
      try {
        take(tally, mustPass, await answer);
      } catch (error) {
        tally.away.push(String(error));
        await sleep(100);
      }
    }
  };
  const running = Array.from({ length: callers }, (_, first) => caller(first));
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
      return tally;
    },
  };
}

/** One line for the run's output. */
export const tallyText = ({ right, wrong, unjudged, away }: Tally): string =>
  `${right} right, ${wrong.length} wrong, ${unjudged.length} not judged, ${away.length} without an API server`;
