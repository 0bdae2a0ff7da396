// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations name variables
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReadApplications, readApplications } from '../../../src/app/agents/compose/applications.ts';
import type { ComposeFile, ComposeSource } from '../../../src/app/agents/compose/file.ts';
import { composeServers } from '../../../src/app/agents/compose/servers.ts';
import type { Variables } from '../../../src/app/agents/compose/variables.ts';
import { CLIENT_RULES } from '../../../src/app/agents/rules/index.ts';
import { createDecoder } from '../../../src/core/kube/decode.ts';
import { createDetector } from '../../../src/core/mcp/detect.ts';
import { emptyContent } from '../../../src/core/world/content.ts';
import { detection } from '../../core/mcp/case.ts';

const detector = createDetector(detection());
const FACTS = { perimeter: undefined, registry: undefined, remotes: [], known: new Set<string>() };

/** Files by their paths. A path of a field in `tags` has that tag. */
interface Files {
  readonly [file: string]: unknown;
}

function fileOf(file: string, value: unknown, tags: Readonly<Record<string, 'reset' | 'override'>>): ComposeFile {
  return { file, folder: posix.dirname(file), value, tagAt: path => tags[[file, ...path].join(' ')] };
}

function read(
  files: Files,
  found: readonly string[],
  tags: Readonly<Record<string, 'reset' | 'override'>> = {},
  given?: Variables,
) {
  const within = <Opened>(folder: string, path: string, open: (file: string) => Opened) => {
    const file = posix.join(folder, path);
    if (file.startsWith('..')) return { kind: 'unread', message: 'outside' } as const;
    return Object.hasOwn(files, file) ? open(file) : ({ kind: 'absent' } as const);
  };
  const source: ComposeSource = {
    open: (folder, path) =>
      within(folder, path, file => ({ kind: 'file', file: fileOf(file, files[file], tags) }) as const),
    text: (folder, path) => within(folder, path, file => ({ kind: 'text', file, text: String(files[file]) }) as const),
  };
  return readApplications(
    found.map(file => fileOf(file, files[file], tags)),
    source,
    given,
  );
}

/** What the rules say: the service, rule, message, level where it is no denial, and the field's path. */
const said = ({ applications }: ReadApplications): readonly string[] =>
  applications.flatMap(application =>
    composeServers(application, createDecoder(), subject =>
      detector(subject, emptyContent(subject.meta.namespace)),
    ).flatMap(({ server }) =>
      CLIENT_RULES.flatMap(rule =>
        rule
          .check(server, FACTS)
          .map(({ messageId, atMost = '', path }) =>
            [server.ref.name, rule.id, messageId, atMost, path].filter(text => text !== '').join(' '),
          ),
      ),
    ),
  );

const told = ({ issues }: ReadApplications): readonly string[] => issues.map(({ code, path }) => `${code} ${path}`);

/** Issues with their severity where they are no error. */
const toldAll = ({ issues }: ReadApplications): readonly string[] =>
  issues.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);

const image = 'mcp/fetch:1.0';
const HERE = '["compose.yaml"].services.';

describe('a service', () => {
  const compose = (service: object, others: object = {}): ReadApplications =>
    read({ 'compose.yaml': { services: { a: service, ...others } } }, ['compose.yaml']);
  const ofA = (service: object, others: object = {}): readonly string[] =>
    said(compose(service, others)).flatMap(text =>
      text.startsWith('a ') ? text.slice(2).replace(`${HERE}a.`, '').replace(HERE, 'services.') : [],
    );
  const PUBLISHED = 'compose-published-port published ports[0]';
  const LOOPBACK = 'compose-published-port loopback warn ports[0]';

  test.each<readonly [object, readonly string[]]>([
    [{ image: 'postgres:16', ports: ['5432:5432'] }, []],
    [{ image }, []],
    [{ image, expose: ['8080'] }, []],
    [{ image, ports: ['8080'] }, [PUBLISHED]],
    [{ image, ports: [8080] }, [PUBLISHED]],
    [{ image, ports: ['8080:80'] }, [PUBLISHED]],
    [{ image, ports: ['0.0.0.0:8080:80/tcp'] }, [PUBLISHED]],
    [{ image, ports: ['${PORT:-8080}:80'] }, [PUBLISHED]],
    [{ image, ports: ['${ADDRESS:-127.0.0.1}:8080:80'] }, [LOOPBACK]],
    [{ image, ports: ['127.0.0.1:8080:80'] }, [LOOPBACK]],
    [{ image, ports: ['[::1]:8080:80'] }, [LOOPBACK]],
    [{ image, ports: [{ target: 80, published: '8080' }] }, [PUBLISHED]],
    [{ image, ports: [{ target: 80, published: '8080', host_ip: '127.0.0.1' }] }, [LOOPBACK]],
    [{ image, network_mode: 'host' }, ['compose-published-port host network_mode']],
    [{ image: 'mcp/fetch' }, ['client-unpinned-package none image']],
    [
      { image: 'node:22', command: 'npx -y @modelcontextprotocol/server-everything', ports: ['80:80'] },
      ['client-unpinned-package none command', PUBLISHED],
    ],
    [{ image: 'node:22', command: ['npx', '-y', '@modelcontextprotocol/server-everything@1.2.3'] }, []],
    [{ image: 'app:1', labels: { 'chokepoint.dev/mcp-server': 'true' }, ports: ['80:80'] }, [PUBLISHED]],
    [{ image: 'app:1', labels: ['chokepoint.dev/mcp-server=true'], ports: ['80:80'] }, [PUBLISHED]],
    [{ image, environment: { API_KEY: 'abc' } }, ['client-plain-secret plain environment.API_KEY']],
    [{ image, environment: ['API_KEY=abc', 'OTHER'] }, ['client-plain-secret plain environment[0]']],
    [{ image, environment: ['API_KEY=${API_KEY}'] }, []],
  ])('%j', (service, expected) => expect(ofA(service)).toEqual(expected));

  const BASE_PORT = 'compose-published-port published services.b.ports[0]';
  test.each<readonly [string, object, object, readonly string[]]>([
    ['is one by the image that it extends', { extends: 'b', ports: ['80:80'] }, { image }, [PUBLISHED]],
    [
      'publishes what it extends does',
      { extends: { service: 'b' }, image },
      { image: 'app:1', ports: ['80:80'] },
      [BASE_PORT],
    ],
    ['adds its ports to those', { extends: 'b', image, ports: ['1:1'] }, { ports: ['80:80'] }, [BASE_PORT, PUBLISHED]],
    ['publishes once what both do', { extends: 'b', image, ports: ['80:80'] }, { ports: ['80:80'] }, [PUBLISHED]],
    ['has an image of its own before that', { extends: 'b', image: 'postgres:16', ports: ['80:80'] }, { image }, []],
    [
      'has labels of both',
      { extends: 'b', image: 'app:1', labels: ['x=y'], ports: ['80:80'] },
      { labels: ['chokepoint.dev/mcp-server=true'] },
      [PUBLISHED],
    ],
    [
      'has the command of the nearest alone',
      { extends: 'b', image: 'node:22', command: ['npx', '-y', '@modelcontextprotocol/server-everything'] },
      { command: ['npx', '-y', '@modelcontextprotocol/server-other'] },
      ['client-unpinned-package none command[2]'],
    ],
    [
      'is reached by a port of the service whose network it has',
      { image, network_mode: 'service:b' },
      { image: 'vpn:1', ports: ['80:80'] },
      ['compose-published-port shared warn services.b.ports[0]'],
    ],
    [
      'has the network of a service that publishes nothing',
      { image, network_mode: 'service:b' },
      { image: 'vpn:1' },
      [],
    ],
    ['has the network of a service that is not there', { image, network_mode: 'service:c' }, {}, []],
  ])('%s', (_, service, b, expected) => expect(ofA(service, { b })).toEqual(expected));

  test.each<readonly [string, object, readonly string[]]>([
    ['that is not there', { extends: 'c' }, ['service-not-found a.extends']],
    ['that is itself', { extends: 'a' }, ['circle a.extends']],
    ['that extends it', { extends: 'back' }, ['circle back.extends', 'circle a.extends']],
    ['that has no name', { extends: {} }, ['wrong-type a.extends']],
    ['of a list', { extends: ['b'] }, ['wrong-type a.extends']],
    ['of a file that is no text', { extends: { service: 'b', file: 5 } }, ['wrong-type a.extends']],
    ['of a file that is not there', { extends: { service: 'b', file: 'x.yaml' } }, ['file-not-found a.extends.file']],
    ['of a file outside', { extends: { service: 'b', file: '../x.yaml' } }, ['file-not-followed a.extends.file']],
    [
      'of a file that a variable names',
      { extends: { service: 'b', file: '${FILE}' } },
      ['file-not-followed a.extends.file'],
    ],
    ['of the file that a variable names by default', { extends: { service: 'b', file: '${F:-compose.yaml}' } }, []],
  ])('extends one %s', (_, service, expected) => {
    const ran = compose({ image, ports: ['80:80'], ...service }, { b: {}, back: { extends: 'a' } });
    expect(told(ran)).toEqual(expected.map(text => text.replace(' ', ` ${HERE}`)));
    expect(said(ran)).toContain(`a compose-published-port published ${HERE}a.ports[0]`);
  });

  test.each<readonly [unknown, readonly string[]]>([
    [undefined, []],
    [null, []],
    [[], []],
    [['80:80', 80, { target: 80 }], []],
    ['80:80', ['wrong-type']],
    [{ a: 1 }, ['wrong-type']],
    [[null], ['wrong-type']],
    [[['80:80']], ['wrong-type']],
  ])('with ports %j has these issues', (ports, expected) => {
    expect(told(compose({ image, ports }))).toEqual(expected.map(code => `${code} ${HERE}a.ports`));
  });

  test.each([null, 'x', [], { services: null }, { services: 'x' }, { services: { a: null } }])(
    'of %j is none, without an issue',
    value => expect(told(read({ 'compose.yaml': value }, ['compose.yaml']))).toEqual([]),
  );
});

describe('files that others name', () => {
  const services = (...names: readonly string[]) => ({
    services: Object.fromEntries(names.map(name => [name, { image, ports: ['80:80'] }])),
  });
  const port = (name: string, file: string, of = name) =>
    `${name} compose-published-port published ["${file}"].services.${of}.ports[0]`;

  test.each<readonly [string, Files, readonly string[], readonly string[]]>([
    [
      'a service of another file is extended, whose own are beside that',
      {
        'compose.yaml': { services: { a: { extends: { file: 'x/one.yaml', service: 'one' } } } },
        'x/one.yaml': { services: { one: { image, extends: { file: 'two.yaml', service: 'two' } } } },
        'x/two.yaml': services('two'),
      },
      [port('a', 'x/two.yaml', 'two')],
      [],
    ],
    [
      'files that extend each other are told',
      {
        'compose.yaml': { services: { a: { extends: { file: 'one.yaml', service: 'a' }, image, ports: ['80:80'] } } },
        'one.yaml': { services: { a: { extends: { file: 'compose.yaml', service: 'a' } } } },
      },
      [port('a', 'compose.yaml')],
      ['circle ["one.yaml"].services.a.extends'],
    ],
    [
      'what is included is judged, and what that includes',
      {
        'compose.yaml': { include: ['x/one.yaml'], ...services('a') },
        'x/one.yaml': { include: [{ path: './two.yaml' }], ...services('one') },
        'x/two.yaml': services('two'),
      },
      [port('two', 'x/two.yaml'), port('one', 'x/one.yaml'), port('a', 'compose.yaml')],
      [],
    ],
    [
      'what is included has the services of no file that includes it to extend',
      {
        'compose.yaml': { include: ['one.yaml'], ...services('a') },
        'one.yaml': { services: { b: { extends: 'a' } } },
      },
      [port('a', 'compose.yaml')],
      ['service-not-found ["one.yaml"].services.b.extends'],
    ],
    [
      'paths of one entry are merged in their order',
      {
        'compose.yaml': { include: [{ path: ['x/one.yaml', 'two.yaml'] }] },
        'x/one.yaml': { services: { a: { image: 'app:1', ports: ['80:80'] } } },
        'two.yaml': { services: { a: { image, ports: ['81:81'] } } },
      },
      [port('a', 'x/one.yaml'), port('a', 'two.yaml')],
      [],
    ],
    [
      'the folder of a project is where what is included finds files',
      {
        'compose.yaml': { include: [{ path: 'x/one.yaml', project_directory: 'y' }] },
        'x/one.yaml': { services: { a: { extends: { file: 'base.yaml', service: 'b' } } } },
        'y/base.yaml': services('b'),
      },
      [port('a', 'y/base.yaml', 'b')],
      [],
    ],
    [
      'the network of a service that is included is found',
      {
        'compose.yaml': { include: ['one.yaml'], services: { a: { image, network_mode: 'service:vpn' } } },
        'one.yaml': { services: { vpn: { image: 'vpn:1', ports: ['80:80'] } } },
      },
      ['a compose-published-port shared warn ["one.yaml"].services.vpn.ports[0]'],
      [],
    ],
    [
      'files that include each other are told, and judged once',
      {
        'compose.yaml': { include: ['one.yaml'], ...services('a') },
        'one.yaml': { include: ['compose.yaml'], ...services('b') },
      },
      [port('b', 'one.yaml'), port('a', 'compose.yaml')],
      ['circle ["one.yaml"].include[0]'],
    ],
    [
      'what cannot be included is told',
      { 'compose.yaml': { include: ['gone.yaml', '../out.yaml', 5, { path: ['${X:?set it}/a.yaml'] }, {}] } },
      [],
      [
        'file-not-found ["compose.yaml"].include[0]',
        'file-not-followed ["compose.yaml"].include[1]',
        'wrong-type ["compose.yaml"].include[2]',
        'file-not-followed ["compose.yaml"].include[3].path[0]',
        'wrong-type ["compose.yaml"].include[4].path',
      ],
    ],
    [
      'an include that is no list is told',
      { 'compose.yaml': { include: 'one.yaml' } },
      [],
      ['wrong-type ["compose.yaml"].include'],
    ],
  ])('%s', (_, files, findings, issues) => {
    const ran = read(files, ['compose.yaml']);
    expect([said(ran), told(ran)]).toEqual([findings, issues]);
  });

  test('a file that is found and included is one application', () => {
    const files = { 'compose.yaml': { include: ['x/compose.yaml'] }, 'x/compose.yaml': services('a') };
    expect(said(read(files, Object.keys(files)))).toEqual([port('a', 'x/compose.yaml')]);
  });

  test('the override of a folder is merged over its file, and is no application', () => {
    const files = {
      'x/compose.override.yaml': { services: { a: { ports: ['80:80'] } } },
      'x/docker-compose.yml': { services: { a: { image } } },
    };
    expect(said(read(files, Object.keys(files)))).toEqual([port('a', 'x/compose.override.yaml')]);
    expect(said(read(files, ['x/docker-compose.yml']))).toEqual([port('a', 'x/compose.override.yaml')]);
    const { applications } = read(files, Object.keys(files));
    expect(applications.map(({ file }) => file)).toEqual(['x/docker-compose.yml']);
  });

  test('an override without a file is an application', () => {
    const files = { 'compose.override.yaml': services('a') };
    expect(said(read(files, Object.keys(files)))).toEqual([port('a', 'compose.override.yaml')]);
  });

  test.each<readonly ['reset' | 'override' | undefined, readonly string[]]>([
    [undefined, [port('a', 'compose.yaml'), port('a', 'compose.override.yaml')]],
    ['override', [port('a', 'compose.override.yaml')]],
    ['reset', []],
  ])('a list with the tag %s', (tag, expected) => {
    const files = {
      'compose.yaml': services('a'),
      'compose.override.yaml': { services: { a: { ports: ['81:81'] } } },
    };
    const tags = tag === undefined ? {} : { 'compose.override.yaml services a ports': tag };
    expect(said(read(files, Object.keys(files), tags))).toEqual(expected);
  });

  test('what is named without end is bounded, and told', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`s${index}`, { extends: `s${index + 1}` }]),
    );
    const deep = read({ 'compose.yaml': { services: { ...chain, s40: { image } } } }, ['compose.yaml']);
    expect(told(deep).some(text => text.startsWith('too-deep'))).toBe(true);
    const many = read({ 'compose.yaml': { include: Array.from({ length: 10_001 }, () => 'x.yaml') } }, [
      'compose.yaml',
    ]);
    expect(told(many).filter(text => text.startsWith('too-many'))).toEqual([
      'too-many-files ["compose.yaml"].include[10000]',
    ]);
    const environment = Array.from({ length: 10_000 }, (_, index) => `K${index}=x`);
    const names = Array.from({ length: 600 }, (_, index) => [`s${index}`, { extends: 'base' }] as const);
    const wide = read({ 'compose.yaml': { services: { base: { environment }, ...Object.fromEntries(names) } } }, [
      'compose.yaml',
    ]);
    expect(told(wide)).toEqual([`too-large ${HERE}base`]);
  });

  test('what includes in many ways is read once', () => {
    const level = (index: number) => ({
      include: [`a${index + 1}.yaml`, `b${index + 1}.yaml`],
      ...services(`s${index}`),
    });
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        [`a${index}.yaml`, level(index)],
        [`b${index}.yaml`, level(index)],
      ]).flat(),
    );
    const ran = read({ ...files, 'a30.yaml': services('x'), 'b30.yaml': services('y') }, ['a0.yaml']);
    expect([told(ran), ran.applications.length]).toEqual([[], 61]);
  });
});

describe('variables', () => {
  const PORT = '["compose.yaml"].services.a.ports[0]';
  const services = (a: object) => ({ services: { a } });

  test.each<readonly [string, Files, readonly string[], readonly string[]]>([
    [
      'of .env say the image by which a service is a server',
      { '.env': 'IMAGE=mcp/fetch:1.0', 'compose.yaml': services({ image: '${IMAGE}', ports: ['80:80'] }) },
      [`a compose-published-port published ${PORT}`],
      [],
    ],
    [
      'of .env say the version',
      { '.env': 'TAG=latest', 'compose.yaml': services({ image: 'mcp/fetch:${TAG:-1.0}' }) },
      ['a client-unpinned-package moving ["compose.yaml"].services.a.image'],
      [],
    ],
    [
      'without a value leave an image without a version, and are told',
      { 'compose.yaml': services({ image: 'mcp/fetch:${TAG}' }) },
      ['a client-unpinned-package none ["compose.yaml"].services.a.image'],
      [
        'warning unset-variable ["compose.yaml"].services.a.image: no file that Compose reads here sets TAG: it is taken as empty',
      ],
    ],
    [
      'that Compose requires are told',
      { 'compose.yaml': services({ image, ports: ['${ADDRESS:?which one}:80:80'] }) },
      [`a compose-published-port published ${PORT}`],
      [
        `warning unset-variable ${PORT}: no file that Compose reads here sets ADDRESS, without which Compose does not start: it is taken as empty`,
      ],
    ],
    [
      'of .env say the address',
      { '.env': 'ADDRESS=127.0.0.1', 'compose.yaml': services({ image, ports: ['${ADDRESS:-0.0.0.0}:80:80'] }) },
      [`a compose-published-port loopback warn ${PORT}`],
      [],
    ],
    [
      'of the environment are not told where they have no value',
      { 'compose.yaml': services({ image, environment: ['TOKEN=${TOKEN}', 'A=$B'] }) },
      [],
      [],
    ],
    [
      'say what a command runs',
      {
        '.env': 'PACKAGE=@modelcontextprotocol/server-everything',
        'compose.yaml': services({ image: 'node:22', command: 'npx -y $PACKAGE' }),
      },
      ['a client-unpinned-package none ["compose.yaml"].services.a.command'],
      [],
    ],
    [
      'of a shell in the container are none of Compose',
      {
        '.env': 'V=1.0.0',
        'compose.yaml': services({ image: 'node:22', command: 'npx -y @modelcontextprotocol/server-everything@$$V' }),
      },
      ['a client-unpinned-package moving ["compose.yaml"].services.a.command'],
      [],
    ],
    [
      'hold secrets that are none of the Compose file',
      {
        '.env': 'TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345',
        'compose.yaml': services({
          image,
          command: ['serve', '--token', '$TOKEN'],
          environment: { API_KEY: '${TOKEN}', OTHER_KEY: '${X:-ghp_0123456789abcdefghijABCDEFGHIJ012345}' },
        }),
      },
      ['a client-plain-secret plain ["compose.yaml"].services.a.environment.OTHER_KEY'],
      [],
    ],
    [
      'that are written wrongly are told, and the text stays',
      { 'compose.yaml': services({ image, ports: ['80:80'], command: 'grep ${x y}' }) },
      [`a compose-published-port published ${PORT}`],
      [
        'warning invalid-variable ["compose.yaml"].services.a.command: Compose refuses what ${ begins here: it is no variable, and $${ is plain text',
      ],
    ],
    [
      'of env_file are those of the container, and those of environment count before them',
      {
        'mcp.env': 'MCP_TRANSPORT=sse\nMCP_PORT=8080',
        'compose.yaml': services({ image: 'team/app:1', env_file: 'mcp.env', ports: ['8080:8080'] }),
      },
      [`a compose-published-port published ${PORT}`],
      [],
    ],
    [
      'of files that are not there are told, but for those that need not be',
      {
        'compose.yaml': services({ image, env_file: ['gone.env', { path: 'may.env', required: false }, '../out.env'] }),
      },
      [],
      [
        'warning file-not-found ["compose.yaml"].services.a.env_file[0]: there is no such file: which variables it sets is not known',
        'warning file-not-followed ["compose.yaml"].services.a.env_file[2]: outside',
      ],
    ],
    [
      'of a file that cannot be read to its end are told',
      {
        '.env': 'IMAGE=mcp/fetch:1.0\nwhat is this\nP=1',
        'compose.yaml': services({ image: '$IMAGE', ports: ['80:80'] }),
      },
      [`a compose-published-port published ${PORT}`],
      ['warning unreadable-variables [".env"]: this cannot be read from line 2 on'],
    ],
    [
      'say which file is included, and extended',
      {
        '.env': 'DIR=parts',
        'compose.yaml': {
          include: ['${DIR}/one.yaml'],
          ...services({ extends: { file: '$DIR/base.yaml', service: 'b' } }),
        },
        'parts/one.yaml': { services: { one: { image, ports: ['80:80'] } } },
        'parts/base.yaml': { services: { b: { image, ports: ['$PORT:80'] } } },
        'parts/.env': 'PORT=127.0.0.1:80',
      },
      [
        'one compose-published-port published ["parts/one.yaml"].services.one.ports[0]',
        'a compose-published-port published ["parts/base.yaml"].services.b.ports[0]',
      ],
      [
        'warning unset-variable ["parts/base.yaml"].services.b.ports[0]: no file that Compose reads here sets PORT: it is taken as empty',
      ],
    ],
    [
      'of the folder of what is included stand behind those of who includes it',
      {
        '.env': 'ADDRESS=127.0.0.1',
        'compose.yaml': { include: ['parts/one.yaml'] },
        'parts/.env': 'ADDRESS=0.0.0.0\nIMAGE=mcp/fetch:1.0',
        'parts/one.yaml': { services: { one: { image: '$IMAGE', ports: ['$ADDRESS:80:80'] } } },
      },
      ['one compose-published-port loopback warn ["parts/one.yaml"].services.one.ports[0]'],
      [],
    ],
    [
      'of the files that an include names are in place of those, and the last counts',
      {
        'compose.yaml': { include: [{ path: 'parts/one.yaml', env_file: ['a.env', 'b.env'] }] },
        'a.env': 'IMAGE=postgres:16\nADDRESS=127.0.0.1',
        'b.env': 'IMAGE=mcp/fetch:1.0',
        'parts/.env': 'ADDRESS=0.0.0.0',
        'parts/one.yaml': { services: { one: { image: '$IMAGE', ports: ['$ADDRESS:80:80'] } } },
      },
      ['one compose-published-port loopback warn ["parts/one.yaml"].services.one.ports[0]'],
      [],
    ],
    [
      'name the project',
      {
        'compose.yaml': { name: 'mcp', ...services({ image: '${COMPOSE_PROJECT_NAME}/fetch:1.0', ports: ['80:80'] }) },
      },
      [`a compose-published-port published ${PORT}`],
      [],
    ],
  ])('%s', (_, files, findings, issues) => {
    const ran = read(files, ['compose.yaml']);
    expect([said(ran), toldAll(ran)]).toEqual([findings, issues]);
  });

  test('of one file that is not there are told once, however many services name it', () => {
    const service = { image, env_file: '.env' };
    expect(told(read({ 'compose.yaml': { services: { a: service, b: service } } }, ['compose.yaml']))).toEqual([
      'file-not-found ["compose.yaml"].services.a.env_file',
    ]);
  });

  test('of something else that is called like Compose are none', () => {
    const file = '.github/workflows/compose-change.yml';
    expect(told(read({ [file]: { jobs: { a: { if: '${{ github.ref }}' } } } }, [file]))).toEqual([]);
  });

  test('COMPOSE_FILE says which files are merged, and the others stand by themselves', () => {
    const files = {
      '.env': 'COMPOSE_FILE=compose.yaml:compose.prod.yaml',
      'compose.yaml': services({ image }),
      'compose.override.yaml': services({ ports: ['81:81'] }),
      'compose.prod.yaml': services({ ports: ['80:80'] }),
    };
    const { applications } = read(files, ['compose.override.yaml', 'compose.prod.yaml', 'compose.yaml']);
    expect(applications.map(({ file }) => file)).toEqual(['compose.override.yaml', 'compose.yaml']);
    expect(said(read(files, ['compose.prod.yaml']))).toEqual([
      'a compose-published-port published ["compose.prod.yaml"].services.a.ports[0]',
    ]);
  });

  test('that are given are in place of those of .env', () => {
    const files = {
      '.env': 'ADDRESS=127.0.0.1',
      'compose.yaml': services({ image, ports: ['${ADDRESS:-0.0.0.0}:80:80'] }),
    };
    expect(said(read(files, ['compose.yaml'], {}, new Map()))).toEqual([`a compose-published-port published ${PORT}`]);
  });
});
