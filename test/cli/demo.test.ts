import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDemo } from '../../src/cli/demo.ts';
import type { Io } from '../../src/cli/io.ts';
import { processIo } from '../../src/main/process-io.ts';
import { startServe } from '../../src/main/serve.ts';
import { CLOSED, CONFIG, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

/** Runs the demo in this process, over real gates. */
async function demo(paths: readonly string[], how: Partial<Pick<Io, 'isColoured' | 'columns'>> = {}) {
  const pieces: string[] = [];
  const write = async (text: string): Promise<void> => void pieces.push(text);
  const real = processIo({ PATH: process.env.PATH });
  const io: Io = {
    ...real,
    isColoured: false,
    ...how,
    workingFolder: folder.path,
    stdout: { isTerminal: () => false, isClosed: () => false, write },
  };
  const absolute = paths.map(name => `${folder.path}/${name}`);
  const status = await runDemo(absolute, { color: true }, io, startServe);
  return { status, text: pieces.join('') };
}

const linesOver = (text: string, columns: number): readonly string[] =>
  text.split('\n').filter(line => line.length > columns);

describe('the demo of the bundled clusters', () => {
  test('ends with a sum, and has no line of more than 80 columns', async () => {
    const { status, text } = await demo([]);
    expect(status).toBe(0);
    expect(text).toContain(
      '16 reviews over TLS: 10 refused, 4 let through with warnings, 2 let through:\neach as it should',
    );
    expect(linesOver(text, 80)).toEqual([]);
  });

  test('goes by a narrower terminal, as far as the words do', async () => {
    const { text } = await demo([], { columns: 60 });
    const sentences = text.slice(0, text.indexOf('What to try next')).split('\n');
    expect(sentences.filter(line => line.length > 60 && line.trim().includes(' '))).toEqual([]);
  });

  test('is in colour where colour is wanted, and nowhere else', async () => {
    expect((await demo([], { isColoured: true })).text).toContain('\u001b[31mDENIED \u001b[39m  create an MCP server');
    expect((await demo([])).text).not.toContain('\u001b');
  });
});

describe('the demo of files', () => {
  test('shows what the webhook answers to each, and counts', async () => {
    folder.write('open/server.yaml', SERVER);
    const { status, text } = await demo(['open']);
    expect(status).toBe(1);
    expect(text).toContain('  DENIED   create Deployment ');
    expect(text).toContain('egress-not-isolated');
    expect(text).toContain(
      '1 review over TLS: 1 refused, 0 let through with warnings, 0 let through.\n0 of 1 MCP server are closed.',
    );
  });

  test('lets through what is closed, whatever the order of the documents', async () => {
    folder.write('chokepoint.yaml', CONFIG);
    folder.write('closed/server.yaml', `${SERVER}\n---\n${CLOSED}`);
    folder.write(
      'closed/other.yaml',
      'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: team-a}\nspec: {ports: [{port: 80}]}\n',
    );
    const { status, text } = await demo(['closed']);
    expect({ status, text }).toEqual({ status: 0, text: expect.stringContaining('0 refused') });
    expect(text).toContain('  allowed  create NetworkPolicy ');
    expect(text).not.toContain('Service team-a/web');
    expect(text).toContain('1 of 1 MCP server is closed.');
  });

  test('names what cannot be read, with its place, and starts nothing', async () => {
    folder.write(
      'bad/server.yaml',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: 3}\n',
    );
    await expect(demo(['bad'])).rejects.toThrow(/bad\/server\.yaml:4:8: spec\.template: expected an object/);
  });

  test('is run by the command line, with its exit status', async () => {
    const { status, stdout, stderr } = await folder.start(['demo', 'open']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('DENIED');
  });
});
