// Why: what each button of the toolbar does to a text with marks, apart from the page, so that it can be tested without a browser.

/** @typedef {{text: string, start: number, end: number}} Piece a text and what is selected in it */

/** The start of what is selected, past the mark of its line: a heading in bold stays a heading. */
const past = (text, start, end) => {
  const mark = (start === 0 || text[start - 1] === '\n') && /^(?:#{1,6} |> |- |\d+\. )/.exec(text.slice(start, end));
  return mark ? start + mark[0].length : start;
};

const around = (mark, words) => ({ text, start: from, end }) => {
  const start = past(text, from, end);
  const chosen = text.slice(start, end);
  const size = mark.length;
  // pressed again, the marks go
  if (chosen.length > 2 * size && chosen.startsWith(mark) && chosen.endsWith(mark)) {
    return { text: text.slice(0, start) + chosen.slice(size, -size) + text.slice(end), start, end: end - 2 * size };
  }
  if (start >= size && text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    return { text: text.slice(0, start - size) + chosen + text.slice(end + size), start: start - size, end: end - size };
  }
  const inside = chosen || words;
  return { text: text.slice(0, start) + mark + inside + mark + text.slice(end), start: start + size, end: start + size + inside.length };
};

const lines = (mark, number = false) => ({ text, start, end }) => {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const stop = text.indexOf('\n', end);
  const to = stop < 0 ? text.length : stop;
  const before = text.slice(from, to).split('\n');
  const marked = number ? /^\d+\. / : null;
  const has = (line) => (number ? marked.test(line) : line.startsWith(mark));
  const off = before.every(has);
  const after = before.map((line, rank) => {
    const bare = has(line) ? line.replace(number ? marked : mark, '') : line;
    return off ? bare : `${number ? `${rank + 1}. ` : mark}${bare}`;
  });
  // a list or a quotation begins after an empty line, or it goes on with the paragraph before
  const needs = !off && from > 0 && text.slice(0, from).trimEnd() && !text.slice(0, from).endsWith('\n\n');
  const made = `${needs ? '\n' : ''}${after.join('\n')}`;
  return { text: text.slice(0, from) + made + text.slice(to), start: from + (needs ? 1 : 0), end: from + made.length };
};

const address = (sign, words, place) => ({ text, start: from, end }) => {
  const start = past(text, from, end);
  const inside = text.slice(start, end) || words;
  const made = `${sign}[${inside}](${place})`;
  const at = start + sign.length + inside.length + 3;
  return { text: text.slice(0, start) + made + text.slice(end), start: at, end: at + place.length };
};

/** name of the tool -> what it makes of a Piece */
export const MARKS = {
  gras: around('**', 'mots en gras'),
  italique: around('*', 'mots en italique'),
  intertitre: lines('## '),
  liste: lines('- '),
  numeros: lines('', true),
  citation: lines('> '),
  lien: address('', 'mots du lien', 'https://'),
  image: address('!', 'ce que l’image montre', '/'),
};
