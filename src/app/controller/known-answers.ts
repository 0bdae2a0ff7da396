import { noteLooks } from '../../core/looks.ts';
import { areSameItems } from '../../core/same.ts';
import type { World } from '../../core/world/world.ts';
import type { Sight } from '../namespace-index.ts';

/** An answer, and what it followed from. */
interface KnownAnswer<Answer> {
  readonly answer: Answer;
  readonly bearing: readonly unknown[];
  readonly isSameOutside: (world: World) => boolean;
}

/** Answers about one thing that are kept: as it is now, and as it will be with the plan done so far. */
const MAX_STATES = 2;

/** Answers about things of one namespace, each known for as long as the thing is there and nothing changes that the answer followed from. */
export class KnownAnswers<Thing extends object, Answer> {
  readonly #namespace: string;
  readonly #known = new WeakMap<Thing, readonly KnownAnswer<Answer>[]>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /**
   * The answer about a thing in what is seen. `make`: works it out; it must follow from the thing, from what it asks of the world that it is given, and from
   * the object `also`.
   */
  answer(thing: Thing, sight: Sight, make: (world: World) => Answer, also?: object): Answer {
    const recent = this.#known.get(thing) ?? [];
    const bearing = [also, sight.beside, ...sight.near];
    const isKnown = (one: KnownAnswer<Answer>): boolean =>
      areSameItems(one.bearing, bearing) && one.isSameOutside(sight.outside);
    const known = recent.find(isKnown);
    if (known !== undefined) return known.answer;
    const looks = noteLooks(sight.world(), this.#namespace);
    const answer = make(looks.world);
    const made = { answer, bearing, isSameOutside: looks.comparison() };
    this.#known.set(thing, [made, ...recent.slice(0, MAX_STATES - 1)]);
    return answer;
  }
}
