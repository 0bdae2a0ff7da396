import { expect, test } from 'vitest';
import { createCidrReader } from '../../../src/core/kube/decode-peers.ts';

test('the memory of CIDR text is bounded, however many texts a stranger sends', () => {
  const read = createCidrReader();
  let most = 0;
  for (let index = 0; index < 50_000; index += 1) {
    read(`${index >> 16}.${(index >> 8) & 255}.${index & 255}.0/24`);
    most = Math.max(most, read.remembered());
  }
  expect(most).toBe(4096);
});

test('text that is no block is not remembered, and no more of it kept than quotes it', () => {
  const read = createCidrReader();
  const { text, range } = read('x'.repeat(1_000_000));
  expect([text.length, range, read.remembered()]).toEqual([65, undefined, 0]);
});

test('a block that is written with many zeros is read and not remembered', () => {
  const read = createCidrReader();
  expect(read(`${'0'.repeat(50)}10.0.0.0/8`).range?.v4).toEqual([{ first: 0x0a000000n, last: 0x0affffffn }]);
  expect(read.remembered()).toBe(0);
});
