import { expect, test } from 'vitest';
import { type ReadAccess, readAccess } from '../../../src/adapters/perimeter/access-log.ts';

/** What a line says, short: time, client, host and port, path, signs, whether it was refused. */
function said(read: ReadAccess): string {
  if (read.kind !== 'request') return read.kind;
  const { timeMs, client, host, port, path, hasSession, hasVersion, isRefused } = read.request;
  const time = Number.isNaN(timeMs) ? '-' : new Date(timeMs).toISOString().slice(11, 19);
  const signs = [hasSession ? 'session' : '', hasVersion ? 'version' : '', isRefused ? 'refused' : ''];
  return [time, client || '-', `${host}:${port}`, path ?? 'tunnel', ...signs].filter(text => text !== '').join(' ');
}

const EPOCH = Date.UTC(2026, 10, 27, 10) / 1000;

test.each([
  // Our own configuration of Squid.
  [
    `${EPOCH}.123 10.0.0.5 200 POST http://a.example:8080/mcp application/json s1 2025-11-25`,
    '10:00:00 10.0.0.5 a.example:8080 /mcp session version',
  ],
  [`${EPOCH}.123 10.0.0.5 403 GET http://a.example/sse? - - -`, '10:00:00 10.0.0.5 a.example:80 /sse refused'],
  [`${EPOCH}.123 10.0.0.5 200 CONNECT mcp.example.com:443 - - -`, '10:00:00 10.0.0.5 mcp.example.com:443 tunnel'],
  [`${EPOCH}.123 fd00::5 0 CONNECT [2001:db8::1]:443 - - -`, '10:00:00 fd00::5 2001:db8::1:443 tunnel'],
  // Squid's native format.
  [
    `${EPOCH}.123    342 10.0.0.5 TCP_TUNNEL/200 4512 CONNECT mcp.linear.app:443 ann HIER_DIRECT/192.0.2.1 -`,
    '10:00:00 10.0.0.5 mcp.linear.app:443 tunnel',
  ],
  [
    `${EPOCH}.123      0 10.0.0.5 TCP_DENIED/403 4512 CONNECT mcp.linear.app:443 - HIER_NONE/- text/html`,
    '10:00:00 10.0.0.5 mcp.linear.app:443 tunnel refused',
  ],
  [
    `${EPOCH}.123     12 10.0.0.5 TCP_MISS/403 99 POST http://a.example/mcp - HIER_DIRECT/192.0.2.1 application/json`,
    '10:00:00 10.0.0.5 a.example:80 /mcp',
  ],
  // Squid's common and combined formats.
  [
    '10.0.0.5 - - [27/Nov/2026:10:00:00 +0000] "POST http://a.example/mcp HTTP/1.1" 200 99 "-" "agent/1" TCP_MISS:HIER_DIRECT',
    '10:00:00 10.0.0.5 a.example:80 /mcp',
  ],
  [
    '10.0.0.5 - ann [27/Nov/2026:12:00:00 +0200] "CONNECT a.example:443 HTTP/1.1" 200 99 "-" "-" TCP_TUNNEL:HIER_DIRECT',
    '10:00:00 10.0.0.5 a.example:443 tunnel',
  ],
  ['10.0.0.5 - - [27/Nov/2026:10:00:00 +0000] "GET /mcp HTTP/1.1" 200 99 "-" "-"', 'other'],
  // Our own configuration of Envoy.
  [
    '{"time":"2026-11-27T10:00:00.000Z","client":"10.0.0.5","status":200,"method":"POST","authority":"a.example:8080","path":"/x/mcp?a=b","contentType":null,"sessionId":"s","protocolVersion":null}',
    '10:00:00 10.0.0.5 a.example:8080 /x/mcp?a=b session',
  ],
  [
    '{"time":"2026-11-27T10:00:00.000Z","client":"10.0.0.5","status":403,"method":"CONNECT","authority":"mcp.vendor.example:443","path":null,"sessionId":null,"protocolVersion":null}',
    '10:00:00 10.0.0.5 mcp.vendor.example:443 tunnel refused',
  ],
  [
    '{"start_time":"2026-11-27T10:00:00Z",":authority":"a.example",":path":"/mcp",":method":"GET","response_code":200,"downstream_remote_address":"10.0.0.5:51234"}',
    '10:00:00 10.0.0.5 a.example:80 /mcp',
  ],
  [
    '{"start_time":"2026-11-27T10:00:00Z",":authority":"[2001:db8::7]:3000",":path":"/mcp",":method":"GET","response_code":200,"downstream_remote_address":"[2001:db8::5]:51234"}',
    '10:00:00 2001:db8::5 2001:db8::7:3000 /mcp',
  ],
  [
    '{"time":"2026-11-27T10:00:00Z","authority":"a.example","path":"/mcp","method":"GET","status":200,"client":"2001:db8::5"}',
    '10:00:00 2001:db8::5 a.example:80 /mcp',
  ],
  ['{"flow": {}}', 'other'],
  ['{"time":', 'unreadable'],
  ['[1]', 'other'],
  // Envoy's default format.
  [
    '[2026-11-27T10:00:00.310Z] "POST /mcp HTTP/1.1" 200 - 154 0 226 100 "10.0.35.28" "agent" "cc21d9b0" "a.example" "192.0.2.1:80"',
    '10:00:00 10.0.35.28 a.example:80 /mcp',
  ],
  [
    '[2026-11-27T10:00:00.310Z] "CONNECT - HTTP/1.1" 200 - 154 0 226 - "-" "agent" "cc21d9b0" "mcp.example.com:443" "192.0.2.1:443"',
    '10:00:00 - mcp.example.com:443 tunnel',
  ],
  [
    '[2026-11-27T10:00:00.310Z] "GET / HTTP/1.1" 403 - via_upstream - "-" 0 16 0 - "-" "agent" "cc21d9b0" "a.example" "-"',
    '10:00:00 - a.example:80 / refused',
  ],
  ['[2026-11-27T10:00:00.310Z] "- - -" 0 NR 0 0 0 - "-" "-" "-" "-" "-"', 'other'],
  // Nothing of this.
  [
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
    'other',
  ],
  ['what is this', 'other'],
  [`${EPOCH}.123 10.0.0.5 200 GET :// - - -`, 'unreadable'],
])('%s', (line, expected) => expect(said(readAccess(line))).toBe(expected));
