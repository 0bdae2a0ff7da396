const PART = /"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\t/g;

/** The text of JSON with comments (`//`, `/* … *\/`) and tabs outside of strings as spaces: each character stays where it is. */
export const withoutComments = (text: string): string =>
  text.replace(PART, part => (part.startsWith('"') ? part : part.replace(/[^\n]/g, ' ')));
