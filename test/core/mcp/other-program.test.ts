import { describe, expect, test } from 'vitest';
import { runsOtherProgram } from '../../../src/core/mcp/other-program.ts';
import { programsOf } from '../../../src/core/mcp/programs.ts';
import { type Sketch, workload } from '../../support/workload.ts';

function isOther(sketch: Sketch): boolean {
  const [container] = workload({ image: 'registry.example.com/acme/ledger-mcp-server:1', ...sketch }).containers;
  if (container === undefined) throw new Error('a workload has a container');
  return runsOtherProgram(container, programsOf(container).programs);
}

describe('The program of a container is', () => {
  // biome-ignore format: one line a case
  test.each<[command: readonly string[], isOther: boolean]>([
    [['ledger'], false],
    [['/usr/local/bin/ledger'], false],
    [['python', '-m', 'tools.ledger'], false],
    [['python', '-m', 'ledger.books'], true],
    [['uvicorn', 'ledger:api'], false],
    [['uvicorn', 'books:ledger'], true],
    [['uvicorn', 'books:app'], true],
    [['uvicorn', 'app:books'], false],
    [['my-server'], false],
    [['node', 'index.js'], false],
    [['node', 'dist/books.js'], true],
    [['servers'], true],
    [['books'], true],
    [['ledger-mcp'], false],
    [['mcp'], false],
    [['server-worker'], true],
    [['python', '-m', 'ledger.worker'], true],
    [['celery', '-A', 'ledger'], true],
    [['ledger', 'migrate'], true],
    [['ledger', 'serve', 'migrate'], false],
    [['ledger', 'books'], false],
    [['sh', '-c', 'books; ledger'], false],
    [['sh', '-c', 'alembic upgrade; ledger'], true],
    [['pip', 'install', 'books'], false],
    [['sh', '-c', 'pip install books && ledger'], false],
    [[], false],
  ])('%j another than that of ledger-mcp-server: %s', (command, expected) => {
    expect(isOther({ command })).toBe(expected);
  });

  // biome-ignore format: one line a case
  test.each<[image: string, command: string, isOther: boolean]>([
    ['acme/mcp-books', 'books', false],
    ['acme/books-mcpserver', 'books', false],
    ['acme/server-books', 'books', false],
    ['acme/books-ledger', 'books', true],
    ['acme/books_ledger:2', 'books-ledger', false],
  ])('that of the image %s: %s is another: %s', (image, command, expected) => {
    expect(isOther({ image, command: [command] })).toBe(expected);
  });

  // biome-ignore format: one line a case
  test.each<[what: string, sketch: Sketch, isOther: boolean]>([
    ['the image, where arguments alone are given', { args: ['books'] }, false],
    ['another, where the arguments say so', { args: ['worker'] }, true],
    ['the server, where a port is declared', { command: ['worker'], ports: ['8080'] }, false],
    ['another, where it calls servers, whatever port it declares', { command: ['worker'], ports: ['8080'], env: ['MCP_URL'] }, true],
    ['another, where it calls servers by MCP_SERVER_URLS', { command: ['worker'], ports: ['8080'], env: ['NEWS_MCP_SERVER_URLS'] }, true],
    ['another, where it calls servers by MCP_ENDPOINT', { command: ['worker'], ports: ['8080'], env: ['MCP_ENDPOINT'] }, true],
    ['the server, where a variable only begins so', { command: ['worker'], ports: ['8080'], env: ['MCP_URL_PATH'] }, false],
    ['the server, where a variable only ends so', { command: ['worker'], ports: ['8080'], env: ['XMCP_URL'] }, false],
  ])('%s', (_, sketch, expected) => {
    expect(isOther(sketch)).toBe(expected);
  });
});
