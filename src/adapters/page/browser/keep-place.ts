const FOCUSABLE = 'a, button, input, select, [tabindex]';

/** Finds an element again after its part of the page was drawn anew: by its id, or by the nearest key around it and its turn in there. */
type Find = () => HTMLElement | SVGElement | undefined;

const isFocusable = (element: Element | null | undefined): element is HTMLElement | SVGElement =>
  element instanceof HTMLElement || element instanceof SVGElement;

function findAgain(element: Element): Find {
  const { id } = element;
  if (id !== '') return () => document.getElementById(id) ?? undefined;
  const around = element.closest<HTMLElement | SVGElement>('[data-key]');
  const key = around?.dataset.key;
  const turn = around === null || around === element ? -1 : [...around.querySelectorAll(FOCUSABLE)].indexOf(element);
  return () => {
    if (key === undefined) return undefined;
    const same = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const found = turn < 0 ? same : same?.querySelectorAll(FOCUSABLE)[turn];
    return isFocusable(found) ? found : undefined;
  };
}

/** The first row that is in sight, by its key, and how far below the top of the window it begins. */
function rowInSight(): { readonly key: string; readonly top: number } | undefined {
  const row = [...document.querySelectorAll<HTMLElement>('.row')].find(one => one.getBoundingClientRect().bottom > 0);
  const top = row?.getBoundingClientRect().top ?? 0;
  const key = row?.dataset.key;
  return key === undefined || top > window.innerHeight ? undefined : { key, top };
}

/** Draws something anew, and leaves whoever reads the page where they are: the focus on what it was on, and the row in sight where it stood. */
export function keepPlace(draw: () => void): void {
  const focused = document.activeElement;
  const find = focused === null || focused === document.body ? undefined : findAgain(focused);
  const row = rowInSight();
  draw();
  if (document.activeElement !== focused) find?.()?.focus({ preventScroll: true });
  const same = row && document.querySelector(`[data-key="${CSS.escape(row.key)}"]`);
  if (same) scrollBy(0, same.getBoundingClientRect().top - row.top);
}
