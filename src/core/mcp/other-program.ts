import type { Container } from '../kube/types.ts';
import { imageRepository, lastPart } from './image.ts';
import type { Program } from './programs.ts';
import { hasWord, normal } from './text.ts';

/** Words in the names of programs, modules and scripts that serve; an image's own program may be called so. */
const SERVING = [
  'server',
  'serve',
  'main',
  'index',
  'app',
  'start',
  'run',
  'entrypoint',
  'docker-entrypoint',
  'mcp',
  'api',
  'http',
  'stdio',
  'npm',
  'yarn',
  'pnpm',
];
/** Arguments and programs that say that something else than the server of an image runs. */
const OTHER_USES: ReadonlySet<string> = new Set(
  'worker workers scheduler beat celery rq dramatiq alembic migrate migration migrations seed backup reindex ingest import export sync cleanup crawl crawler refresh consumer producer agent client pytest test tests'.split(
    ' ',
  ),
);

/** `ledger` of `registry.example.com/ledger-mcp-server`. */
function imageWord(image: string): string {
  return normal(lastPart(imageRepository(image)))
    .split('-')
    .filter(word => word !== 'mcp' && word !== 'server' && word !== 'mcpserver')
    .join('-');
}

function isOwn({ base }: Program, image: string): boolean {
  const module = base.includes(':') ? base.slice(0, base.indexOf(':')) : base.slice(base.lastIndexOf('.') + 1);
  if (module.split('-').some(word => OTHER_USES.has(word))) return false;
  return SERVING.some(word => hasWord(module, word)) || module === image;
}

const isOther = ({ base, withNext }: Program): boolean =>
  OTHER_USES.has(base) || OTHER_USES.has(withNext.slice(base.length + 1));

/**
 * Whether a container runs another program than the one that its image is named for, as workers, migrations and agents of the same image do, and
 * does not declare a port, unless it calls servers itself.
 */
export function runsOtherProgram(container: Container, programs: readonly Program[]): boolean {
  const isClient = container.env.some(name => /(?:^|_)MCP_(?:SERVER_)?(?:URLS?|ENDPOINT)$/.test(name));
  if (container.ports.length > 0 && !isClient) return false;
  const run = programs.filter(({ kind }) => kind !== 'install');
  if (run.length === 0) return false;
  if (run.some(isOther)) return true;
  if (container.command.length === 0) return false;
  const image = imageWord(container.image);
  return !run.some(program => isOwn(program, image));
}
