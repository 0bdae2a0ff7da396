import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedTerms, type Filter, isFound, termsOf } from '../../../src/app/audit-query/filter.ts';
import { line } from './lines.ts';

const LINE = line({
  findings: [{ rule: 'host-network', messageId: 'set', level: 'deny', subject: 'x', message: 'hostNetwork is set' }],
  reach: { gained: [{ from: 'any pod', to: 'tools/search', port: 8080, protocol: 'TCP' }], lost: [] },
});
const AT = LINE.timeMs;

test.each<[what: string, filter: Filter, isFound: boolean]>([
  ['nothing asked', {}, true],
  ['its server', { server: [{ namespace: 'tools', kind: undefined, name: 'search' }] }, true],
  ['its server by kind', { server: [{ namespace: 'tools', kind: 'Deployment', name: 'search' }] }, true],
  ['a server of another kind', { server: [{ namespace: 'tools', kind: 'Pod', name: 'search' }] }, false],
  ['a server of another namespace', { server: [{ namespace: 'shop', kind: undefined, name: 'search' }] }, false],
  ['its object', { object: [{ namespace: 'tools', kind: 'Deployment', name: 'search' }] }, true],
  ['any of two users', { user: ['bob', 'alice@example.com'] }, true],
  ['another user', { user: ['alice'] }, false],
  ['its namespace', { namespace: ['tools'] }, true],
  ['its kind', { kind: ['Deployment'] }, true],
  ['a kind in other letters', { kind: ['deployment'] }, false],
  ['its operation', { operation: ['CREATE'] }, true],
  ['another decision', { decision: ['deny'] }, false],
  ['its rule', { rule: ['host-network'] }, true],
  ['another rule', { rule: ['host'] }, false],
  ['a server that it is about', { about: [{ namespace: 'tools', kind: undefined, name: 'search' }] }, true],
  ['a server of that kind', { about: [{ namespace: 'tools', kind: 'Deployment', name: 'search' }] }, true],
  ['a server of another kind', { about: [{ namespace: 'tools', kind: 'Job', name: 'search' }] }, false],
  ['a server that it is not about', { about: [{ namespace: 'tools', kind: undefined, name: 'other' }] }, false],
  ['since its time, inclusive', { sinceMs: AT }, true],
  ['since after its time', { sinceMs: AT + 1 }, false],
  ['until its time, exclusive', { untilMs: AT }, false],
  ['until after its time', { untilMs: AT + 1 }, true],
  ['two fields of which one does not hold', { kind: ['Deployment'], user: ['bob'] }, false],
  ['no value of a field', { kind: [] }, false],
])('A line is looked for by %s: %#', (_, filter, found) => {
  expect(isFound(filter, LINE)).toBe(found);
});

test('A Namespace is in itself', () => {
  const label = line({ object: { apiVersion: 'v1', kind: 'Namespace', name: 'tools' } });
  expect(isFound({ namespace: ['tools'] }, label)).toBe(true);
});

test('A line that is looked for has a term of each list that an index is asked for, whatever the texts are', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('a', '__proto__', 'x'.repeat(400)),
  );
  const names = fc.record({ namespace: text, kind: text, name: text });
  const given = fc.record({ user: text, decision: text, operation: text, rule: text, object: names, server: names });
  fc.assert(
    fc.property(given, given, (one, other) => {
      const { user, decision, operation, rule, object, server } = one;
      const read = line({
        user: { name: user },
        decision,
        operation,
        object,
        servers: [server],
        findings: [{ rule }],
      });
      const filter: Filter = {
        user: [other.user, user],
        decision: [decision],
        operation: [operation, other.operation],
        rule: [rule],
        object: [other.object, object],
        server: [{ ...server, kind: undefined }],
      };
      expect(isFound(filter, read)).toBe(true);
      const terms = termsOf(read);
      for (const list of askedTerms(filter)) expect(list.some(term => terms.has(term))).toBe(true);
    }),
  );
});
