/** Draws something in pieces: the first at once, the others from moment to moment, so that the browser shows meanwhile what is there. */
export interface Pieces {
  /** Draws so many pieces by their index, then ends; what was begun before is left. */
  begin(count: number, draw: (index: number) => void, end?: () => void): void;
  /** Draws what still waits. */
  finish(): void;
}

/** `some`: pieces that are drawn at once, and then at each moment. */
export function createPieces(some: number): Pieces {
  let waiting: (() => boolean) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const next = (): void => {
    if (waiting?.()) timer = setTimeout(next);
    else waiting = undefined;
  };
  return {
    begin: (count, draw, end = () => undefined) => {
      clearTimeout(timer);
      let done = 0;
      waiting = () => {
        for (const until = Math.min(count, done + some); done < until; done += 1) draw(done);
        if (done === count) end();
        return done < count;
      };
      next();
    },
    finish: () => {
      clearTimeout(timer);
      while (waiting?.());
      waiting = undefined;
    },
  };
}
