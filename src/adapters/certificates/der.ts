/** The few types of DER (ITU-T X.690) that a certificate needs: node:crypto signs, but it does not build X.509. */

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  const bytes = Buffer.from(size.toString(16).padStart(size > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** Any value by its tag. Content up to 65,535 bytes. */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => der(0x30, ...items);
export const set = (...items: readonly Buffer[]): Buffer => der(0x31, ...items);
export const octets = (content: Buffer): Buffer => der(0x04, content);
/** A bit string without unused bits. */
export const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const yes: Buffer = der(0x01, Buffer.from([0xff]));
/** A context-specific constructed value: `[number] EXPLICIT`. */
export const explicit = (number: number, content: Buffer): Buffer => der(0xa0 | number, content);

/** A context-specific primitive value: `[number] IMPLICIT`, of a type that is bytes. */
export const implicit = (number: number, content: Buffer): Buffer => der(0x80 | number, content);

/** A number of 0 to 127. */
export const smallInteger = (value: number): Buffer => der(0x02, Buffer.from([value]));

/** A positive number of any length; the first bit must be clear, which makes it positive. */
export const positiveInteger = (bytes: Buffer): Buffer => der(0x02, bytes);

/** UTCTime: years 1950 to 2049. */
export function utcTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

/** An object identifier from its dotted text. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}
