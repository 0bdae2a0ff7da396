/** One part of a process that is to be closed, by its name for the log. */
export type ClosingStep = readonly [part: string, close: () => void | undefined | Promise<void>];

/** What is used of a log. */
interface ClosingLog {
  readonly logger: { info(message: string): void; error(fields: object, message: string): void };
  close(): void;
}

/**
 * Closes the parts of a process one after the other, in this order, and the log at last. A part that cannot be closed is told of, and keeps none of
 * those after it open. Rejects in the end where there was any, with the errors of all.
 */
export async function closeAll(steps: readonly ClosingStep[], log: ClosingLog): Promise<void> {
  const errors: unknown[] = [];
  for (const [part, close] of steps) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
      log.logger.error({ part, err: error }, 'not closed');
    }
  }
  log.logger.info('closed');
  log.close();
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} of ${steps.length} parts could not be closed: see the log`);
}
