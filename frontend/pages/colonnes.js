// Why: where a card of a board may go, apart from the page, so that it can be tested without a browser.

/**
 * The column a key leads to from `current`, among those a card may enter (its own included); `current` at an end.
 * @param {string[]} columns names in the order of the page @param {string[]} open those the card may enter
 * @param {string} key ArrowLeft, ArrowRight, Home or End
 */
export function reached(columns, open, current, key) {
  const way = columns.filter((name) => name === current || open.includes(name));
  const rank = way.indexOf(current);
  const wanted = { ArrowLeft: rank - 1, ArrowRight: rank + 1, Home: 0, End: way.length - 1 }[key];
  return wanted === undefined ? current : way[Math.min(Math.max(wanted, 0), way.length - 1)];
}

/** What a screen reader hears while a card is carried by keyboard. */
export function spoken(title, columns, titles, target, home) {
  const place = `colonne « ${titles[target]} », ${columns.indexOf(target) + 1} sur ${columns.length}`;
  return target === home ? `${title} : ${place}, sa place` : `${title} : ${place}`;
}

/** Return the first column an arrow comes against that the card may not enter, or "". `open`: those it may, its own included. */
export function barred(columns, open, from, key) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const next = step ? columns[columns.indexOf(from) + step] : undefined;
  return next && !open.includes(next) ? next : '';
}

/** Return why a card does not go from its column to another, and where it may go instead. */
export function refusal(title, titles, open, from, to) {
  const ways = open.filter((name) => titles[name]).map((name) => `« ${titles[name]} »`);
  const instead = ways.length ? `d’ici, elle va dans ${ways.join(' ou ')}` : 'elle ne change plus de colonne';
  return `${title} ne passe pas de « ${titles[from]} » à « ${titles[to]} » : ${instead}.`;
}
