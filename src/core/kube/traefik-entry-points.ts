import { type Control, control, type GatewayFact, NOTHING_SAID } from './gateway-fact.ts';
import { type Asked, listedMiddlewares, together } from './traefik.ts';
import type { Workload } from './types.ts';

/** Stands for the entry points of a Traefik, as the arguments of its program say them: where requests come in, each with middlewares of its own. */
export const ENTRY_POINTS = { group: 'traefik.io', kind: 'EntryPoints' };

const IMAGE = /(?:^|\/)traefik(?::|@|$)/;
const RUNS_PODS: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);
/** Its own one, which no route is at unless it says so. */
const INTERNAL = 'traefik';

interface Argument {
  readonly name: string;
  readonly value: string;
}

/** `--NAME=VALUE`, or `--NAME` alone, which is as with `true`. Names are told without regard to case. */
function argumentOf(text: string): readonly Argument[] {
  const match = /^--?([A-Za-z0-9.[\]_-]+)(?:=(.*))?$/s.exec(text);
  return match === null ? [] : [{ name: (match[1] ?? '').toLowerCase(), value: match[2] ?? 'true' }];
}

const ENTRY_POINT = /^entrypoints\.([^.]+)\.(.+)$/;

/** Those that a route is at where it names none: those that say so (`asDefault`), or all where none does. */
function defaultEntryPoints(given: readonly Argument[]): readonly string[] {
  const settings = given.flatMap(({ name, value }) => {
    const [, point = '', setting] = ENTRY_POINT.exec(name) ?? [];
    return point === '' || point === INTERNAL
      ? []
      : [{ point, isDefault: setting === 'asdefault' && value !== 'false' }];
  });
  const byDefault = settings.filter(({ isDefault }) => isDefault);
  return [...new Set((byDefault.length > 0 ? byDefault : settings).map(({ point }) => point))];
}

function middlewaresOf(given: readonly Argument[], home: string, path: string): Asked {
  return together(
    given.flatMap(({ name, value }) => {
      const [, within = '', setting] = ENTRY_POINT.exec(name) ?? [];
      if (setting !== 'http.middlewares') return [];
      const { controls, delegations } = listedMiddlewares(value, home, path);
      const inside = <Item>(one: Item) => ({ ...one, within });
      return [{ controls: controls.map(inside), delegations: delegations.map(inside) }];
    }),
  );
}

const TOLD_ELSEWHERE = 'Traefik is told more by a file or its environment, which is not judged';

/** Where a program is told what to do by something else than its arguments. */
const isToldElsewhere = (given: readonly Argument[], env: readonly string[]): boolean =>
  given.some(({ name }) => name === 'configfile') || env.some(name => name.startsWith('TRAEFIK_'));

/** Whether anything is logged: not unless it is told to. */
function logControl(given: readonly Argument[], isPartial: boolean, path: string): Control {
  if (given.some(({ name, value }) => /^accesslog(\.|$)/.test(name) && value !== 'false'))
    return control('log', 'accesslog', 'required', path, `${path}: --accesslog`);
  return isPartial
    ? control('log', 'accesslog', 'unknown', path, TOLD_ELSEWHERE)
    : control('log', 'accesslog', 'none', path, 'Traefik is not told to keep an access log (--accesslog)');
}

/**
 * The entry points of a workload that runs Traefik, those that are taken by default as `listeners`; nothing of any other workload. `within` of what is asked is an entry point. Source:
 * https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/.
 */
export function entryPointsOf({ kind, meta, containers }: Workload): readonly GatewayFact[] {
  const container = containers.find(({ image }) => IMAGE.test(image));
  if (container === undefined || !RUNS_PODS.has(kind)) return [];
  const path = `${container.path}.args`;
  const given = [...container.command, ...container.args].flatMap(argumentOf);
  const isPartial = isToldElsewhere(given, container.env);
  const { controls, delegations } = middlewaresOf(given, meta.namespace, path);
  const further = isPartial ? [control('authentication', 'file', 'unknown', path, TOLD_ELSEWHERE)] : [];
  return [
    {
      ...{ ...ENTRY_POINTS, meta, family: 'traefik', ...NOTHING_SAID, isWide: true, incomplete: false },
      partOf: { kind, namespace: meta.namespace, name: meta.name },
      listeners: defaultEntryPoints(given).map(name => ({ name, ownNamespaceOnly: false })),
      controls: [...controls, ...further, logControl(given, isPartial, path)],
      delegations,
    },
  ];
}
