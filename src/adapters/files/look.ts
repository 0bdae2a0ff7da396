/** Keys that each object has. */
const KEYS = [/apiVersion(?!\w)/, /(?<!\w)kind(?!\w)/] as const;

/** Characters by their numbers, and a line that goes on after a backslash: escapes of YAML 1.2.2 (5.7) and JSON that can spell a key. */
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|\r?\n[ \t]*)/g;

/** Binary data can be a key too; a tag directive can give it any name. */
const BINARY = /!!binary|:binary>|^%TAG/m;

function unescaped(text: string): string {
  return text.replace(ESCAPE, (_, ...numbers: (string | undefined)[]) => {
    const number = Number.parseInt(numbers.slice(0, 3).find(digits => digits !== undefined) ?? '', 16);
    return number <= 0x10ffff ? String.fromCodePoint(number) : '';
  });
}

/** The byte order marks of UTF-16, which kubectl reads. */
const startsAsUtf16 = ([first = 0, second = 0]: Buffer): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

/** A cheap look whether kubectl could find an object in a text, without parsing it. `false` is sure: an object has an `apiVersion` and a `kind`. */
export function mayHoldObjects(text: string): boolean {
  const keys = text.includes('\\') ? unescaped(text) : text;
  return KEYS.every(key => key.test(keys)) || BINARY.test(text);
}

/** The same of the bytes of a file. */
export function mayHoldObjectsInBytes(bytes: Buffer): boolean {
  return startsAsUtf16(bytes) || mayHoldObjects(bytes.toString('latin1'));
}
