import { closeSync, readFileSync } from 'node:fs';
import { messageOf } from '../../errors.ts';
import { openInput } from '../system/open-input.ts';
import { splitDocuments } from '../yaml/documents.ts';
import { createParser } from '../yaml/parse.ts';
import { decodeText } from '../yaml/text.ts';

/** No kustomization and no Chart.yaml of a person comes near these. */
const MAX_BYTES = 4 * 1024 * 1024;
const LIMITS = { maxDepth: 100, maxAliases: 1_000, maxNodes: 100_000 };

/** The documents of a file. */
export interface YamlFile {
  /** Those that are not empty, up to the first that cannot be read. */
  readonly values: readonly unknown[];
  /** Why the file, or a document of it, cannot be read. */
  readonly fault?: string;
}

function readText(file: string): { readonly text: string } | { readonly fault: string } {
  const opened = openInput(file);
  if (opened.kind === 'no-file') return { fault: 'it is no regular file' };
  try {
    if (opened.stat.size > MAX_BYTES) return { fault: `it is larger than ${MAX_BYTES} bytes` };
    const decoded = decodeText(readFileSync(opened.descriptor), file);
    return decoded.kind === 'text' ? { text: decoded.text } : { fault: decoded.problem.message };
  } finally {
    closeSync(opened.descriptor);
  }
}

function documentsIn(text: string): YamlFile {
  const parse = createParser(LIMITS);
  const values: unknown[] = [];
  for (const document of splitDocuments(text)) {
    const parsed = parse(document.text);
    if (parsed.kind === 'fault') return { values, fault: parsed.fault.message };
    if (parsed.value !== null) values.push(parsed.value);
  }
  return { values };
}

/** Reads a file, if it is a regular one and not too large. Never throws. */
export function readDocuments(file: string): YamlFile {
  try {
    const read = readText(file);
    return 'text' in read ? documentsIn(read.text) : { values: [], fault: read.fault };
  } catch (error) {
    return { values: [], fault: messageOf(error) };
  }
}
