import { refText } from '../../core/explain.ts';
import { listed } from '../../core/listed.ts';
import type { Problem } from '../../core/manifest.ts';
import type { DecodedInput } from './check.ts';

/** Objects that a problem names; the others are counted. */
const NAMED = 5;

/** What an input with nothing to judge is told by: errors, unless such an input is expected. */
const CODES: ReadonlySet<string> = new Set(['no-manifests', 'no-objects', 'not-rendered']);

/** What of a world, or of several together, tells whether anything was judged. */
type Judgeable = Pick<DecodedInput, 'count' | 'notRendered' | 'objects'>;

/** Several worlds as one, for the question whether there is anything to judge. */
export function allWorlds(worlds: readonly Judgeable[]): Judgeable {
  return {
    count: worlds.reduce((sum, { count }) => sum + count, 0),
    notRendered: worlds.flatMap(({ notRendered }) => notRendered),
    objects: new Map(
      worlds.flatMap(({ objects }, index) => [...objects].map(([key, one]) => [`${index} ${key}`, one])),
    ),
  };
}

function notRendered({ notRendered, objects }: Judgeable): readonly Problem[] {
  const [first] = notRendered;
  if (first === undefined) return [];
  const names = listed(
    notRendered.map(({ ref }) => refText(ref)),
    NAMED,
  );
  const [are, they] = notRendered.length === 1 ? ['is', 'it makes'] : ['are', 'they make'];
  // A Namespace by itself holds nothing that can be judged, nor does what only names a server.
  const isAlone = [...objects.values()].every(({ object }) => object.kind === 'Namespace' || 'isMcp' in object);
  return [
    {
      severity: isAlone ? 'error' : 'warning',
      code: 'not-rendered',
      file: first.manifest.file,
      line: first.manifest.line,
      column: 0,
      field: '',
      message: `${names} ${are} not rendered here: what ${they} was not judged; check what is rendered of it, or the cluster`,
    },
  ];
}

/** As for kubectl apply: a pipeline whose chart rendered to nothing must not pass for one that was judged. */
function noObjects({ count }: Judgeable, known: readonly Problem[], paths: readonly string[]): readonly Problem[] {
  if (count > 0 || known.some(({ severity }) => severity === 'error')) return [];
  const file = paths.length === 1 ? (paths[0] ?? '') : '';
  const message = 'the input holds no Kubernetes object: nothing was judged';
  return [{ severity: 'error', code: 'no-objects', file, line: 0, column: 0, field: '', message }];
}

/**
 * The problems of reading `paths`, with what keeps an input from being judged: that it holds no object, or only such as are rendered elsewhere. Beside
 * objects that are judged, the latter is a warning. `allowEmpty`: an input with nothing to judge is expected, so that all of this are warnings.
 */
export function inputProblems(
  input: Judgeable,
  problems: readonly Problem[],
  paths: readonly string[],
  allowEmpty: boolean,
): readonly Problem[] {
  const all = [...problems, ...noObjects(input, problems, paths), ...notRendered(input)];
  return allowEmpty
    ? all.map(problem => (CODES.has(problem.code) ? { ...problem, severity: 'warning' } : problem))
    : all;
}
