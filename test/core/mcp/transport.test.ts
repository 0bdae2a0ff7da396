import { expect, test } from 'vitest';
import { transportOf } from '../../../src/core/mcp/transport.ts';
import { type Sketch, workload } from '../../support/workload.ts';

test.each([
  ['says nothing, at a port', {}, true, 'http'],
  ['says nothing, at none', {}, false, 'unknown'],
  ['--transport=sse', { args: ['--transport=sse'] }, true, 'sse'],
  ['--transport sse', { args: ['--transport', 'sse'] }, true, 'sse'],
  ['--transport http', { args: ['--transport', 'http'] }, true, 'streamable-http'],
  ['--transport streamable-http', { args: ['--transport', 'streamable-http'] }, true, 'streamable-http'],
  ['--transport=streamableHttp', { args: ['--transport=streamableHttp'] }, true, 'streamable-http'],
  ['--mcp-transport streamable_http', { args: ['--mcp-transport', 'streamable_http'] }, true, 'streamable-http'],
  ['a word of its own', { args: ['stdio'] }, false, 'stdio'],
  ['a script of a shell', { command: ['sh', '-c', 'exec server --transport sse --port 8080'] }, true, 'sse'],
  ['a proxy in front of stdio', { args: ['--stdio', 'npx server', '--outputTransport', 'sse'] }, true, 'sse'],
  ['stdio at a port', { args: ['--transport', 'stdio'] }, true, 'http'],
  ['stdio at none', { args: ['--transport', 'stdio'] }, false, 'stdio'],
  ['another transport', { args: ['--transport', 'carrier-pigeon'] }, true, 'http'],
  ['a word http', { args: ['http'] }, true, 'http'],
  ['a probe of /sse', { probe: '/sse' }, true, 'sse'],
  ['a probe of /mcp', { probe: '/mcp' }, true, 'streamable-http'],
  ['a probe of /healthz', { probe: '/healthz' }, true, 'http'],
] as const)('a server that %s is spoken to so', (_, sketch: Sketch, servesPorts, transport) => {
  expect(transportOf(workload(sketch), servesPorts)).toBe(transport);
});
