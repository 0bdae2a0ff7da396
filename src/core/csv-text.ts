/** What spreadsheets take for the beginning of a formula, in its full-width forms too, and what they skip before one. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;

/** Quoted always (RFC 4180), and with an apostrophe before what a spreadsheet would work out: the texts are strangers'. */
function cellText(text: string): string {
  const harmless = FORMULA.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** One line of a CSV file, with its end. */
export const csvRow = (cells: readonly string[]): string => `${cells.map(cellText).join(',')}\r\n`;
