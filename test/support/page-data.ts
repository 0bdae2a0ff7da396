import type { Page, ServerDetail } from '../../src/app/page/model.ts';

/** What the file of a page holds as data. Throws where it is no such file. */
export function pageDataOf(html: string): { readonly page: Page; readonly details: readonly ServerDetail[] } {
  const [page, details] = ['page-data', 'details-data'].map(id => {
    const [, data] = new RegExp(`id="${id}">(.*)</script>`).exec(html) ?? [];
    if (data === undefined) throw new Error(`there is no ${id} in it`);
    return JSON.parse(data);
  });
  return { page, details };
}
