/** Work in short steps, between which others may get to work. Returns its result. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does some work, and gives its result. */
export type RunSteps = <Result>(steps: Steps<Result>) => Promise<Result>;

/** Does all of some work in one go. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** {@link atOnce} for those who may be given slices. */
export const runAtOnce: RunSteps = async steps => atOnce(steps);

/** What is made of each item, a step each. */
export function* stepEach<Item, Result>(items: Iterable<Item>, make: (item: Item) => Result): Steps<Result[]> {
  const made: Result[] = [];
  for (const item of items) {
    made.push(make(item));
    yield;
  }
  return made;
}
