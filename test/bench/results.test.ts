import { expect, test } from 'vitest';
import { sectionOf, withSection } from '../../bench/results.ts';

const PAGE = '# Results\n\n## A\n\none\n\n## B\n\ntwo\n';

test.each([
  ['A', '## A\n\none\n'],
  ['B', '## B\n\ntwo\n'],
  ['C', undefined],
])('The section %s is %j', (title, section) => {
  expect(sectionOf(PAGE, title)).toBe(section);
});

test.each([
  ['A', '# Results\n\n## A\n\nnew $&\n\n## B\n\ntwo\n'],
  ['B', '# Results\n\n## A\n\none\n\n## B\n\nnew $&\n'],
  ['C', '# Results\n\n## A\n\none\n\n## B\n\ntwo\n\n## C\n\nnew $&\n'],
])('A new section %s takes the place of the old one, or comes last', (title, page) => {
  expect(withSection(PAGE, title, 'new $&\n')).toBe(page);
});
