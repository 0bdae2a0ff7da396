import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Sink } from '../../app/recorder/config.ts';
import type { Sink } from '../../app/recorder/ports.ts';

const TIMEOUT_MS = 60_000;

/** `record/2026/11/27/chokepoint-0-000007-00000001048576.jsonl`: by the day of shipping, then by what ships and where the lines stood. */
function keyFor(
  prefix: string,
  host: string,
  { segment, offset }: { segment: number; offset: number },
  nowMs: number,
): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix}${day}/${host}-${String(segment).padStart(6, '0')}-${String(offset).padStart(14, '0')}.jsonl`;
}

/** Puts lines into a bucket, an object for what was gathered in a minute. What is sent again takes the place of what was sent, on the same day. */
export function createS3Sink({ bucket, region, endpoint, prefix }: S3Sink, host: string, nowMs: () => number): Sink {
  const client = new S3Client({
    region,
    // Others than AWS have no name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    maxAttempts: 1,
  });
  return {
    gatherMs: 60_000,
    send: async ({ lines, from }) => {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: keyFor(prefix, host, from, nowMs()),
        Body: `${lines.join('\n')}\n`,
        ContentType: 'application/x-ndjson',
      });
      await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    },
    close: async () => client.destroy(),
  };
}
