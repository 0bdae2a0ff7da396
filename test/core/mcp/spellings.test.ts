import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judged } from './case.ts';
import { HIDDEN, LISTENING, PLAIN } from './spellings.ts';

const text = (sketch: object): string => JSON.stringify(sketch);

describe('spellings of servers', () => {
  it.each(HIDDEN.map(sketch => [text(sketch), sketch] as const))('%s is detected', (_, sketch) => {
    expect(judged(sketch).standing).toBe('detected');
  });

  it.each(LISTENING.map(sketch => [text(sketch), sketch] as const))('%s is a server', (_, sketch) => {
    expect(judged(sketch).standing).not.toBe('no');
  });

  it.each(PLAIN.map(sketch => [text(sketch), sketch] as const))('%s is none', (_, sketch) => {
    expect(judged(sketch).standing).toBe('no');
  });

  it('are many', () => {
    expect([HIDDEN.length >= 100, PLAIN.length >= 60]).toEqual([true, true]);
  });
});

const quote = (script: string): string => `'${script.replaceAll("'", `'\\''`)}'`;

/** Each runs the command that it is given, in the words of a shell. */
const WRAPPERS: readonly ((command: string) => string)[] = [
  command => `exec ${command}`,
  command => `tini -- ${command}`,
  command => `timeout 60 ${command}`,
  command => `nice -n 5 ${command}`,
  command => `gosu app ${command}`,
  command => `env A=b ${command}`,
  command => `sh -c ${quote(command)}`,
  command => `eval ${quote(command)}`,
  command => `{ ${command}; }`,
  command => `( ${command} )`,
  command => `>/dev/null ${command}`,
  command => `kubectl version; ${command}`,
  command => `true && \\\n ${command}`,
];
const SIMPLE = new Set([6, 7]);

it('finds a server behind any wrappers and quotes', () => {
  const wrappers = fc.array(fc.constantFrom(...WRAPPERS.keys()), { maxLength: 5 });
  fc.assert(
    fc.property(wrappers, chosen => {
      const script = chosen.reduce((command, index) => {
        const isCompound = /^[({>]|^(?:kubectl|true|eval)|[;\n]/.test(command) && !SIMPLE.has(index) && index < 6;
        return WRAPPERS[isCompound ? 6 : index]?.(command) ?? command;
      }, 'npx -y @modelcontextprotocol/server-fetch');
      expect([script, judged({ command: ['sh', '-c', script] }).standing]).toEqual([script, 'detected']);
    }),
  );
});

describe('a command that is not read to its end', () => {
  it.each([
    ['a long script', ['sh', '-c', `${':;'.repeat(200_000)}x`]],
    ['an expansion that grows', ['sh', '-c', `A=xxxxxxxxxxxxxxxxxxxx;${'A=$A$A;'.repeat(30)}$A`]],
    ['many wrappers', [...Array<string>(100).fill('nohup'), 'x']],
  ])('is told and suspected: %s', (_, command) => {
    const { standing, evidence } = judged({ command });
    expect([standing, evidence.map(({ signal }) => signal)]).toEqual(['suspected', ['command-unread']]);
  });
});

it('tells what is set aside, and by which sign', () => {
  const { setAside } = judged({ called: 'mcp-client', image: 'acme/mcp-server-client', ports: ['5000'] });
  expect(setAside.map(({ signal, by }) => `${signal} by ${by.signal} at ${by.path}`)).toEqual([
    'image-name-server by not-by-role at metadata.name',
    'called-mcp by not-by-role at metadata.name',
  ]);
});

it('lets a sidecar set nothing aside but its own', () => {
  const containers = [
    { name: 'a', image: 'acme/app', ports: ['8000'] },
    { name: 'b', image: 'redis:7' },
  ];
  for (const ordered of [containers, containers.toReversed()])
    expect(judged({ called: 'weather-mcp', containers: ordered }).standing).toBe('suspected');
});
