// Why: one toolbar for whatever text is written with marks or as one sees it: one stop of the Tab key, arrows inside it.

/**
 * @param {Array<[string, string, string]>} tools name, sign, words @param {(name: string) => void} run
 * @returns {HTMLElement}
 */
export function toolbar(tools, run) {
  const bar = document.createElement('div');
  bar.className = 'mg-editor__bar';
  bar.setAttribute('role', 'toolbar');
  bar.setAttribute('aria-label', 'Mise en forme');
  for (const [rank, [name, sign, words]] of tools.entries()) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', title: words, tabIndex: rank ? -1 : 0 });
    button.dataset.signe = sign;
    button.dataset.outil = name;
    button.setAttribute('aria-label', words);
    // the text keeps its selection
    button.addEventListener('mousedown', (event) => event.preventDefault());
    button.addEventListener('click', () => run(name, button));
    bar.append(button);
  }
  bar.addEventListener('keydown', (event) => {
    const buttons = [...bar.children];
    const rank = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: (rank + 1) % buttons.length, ArrowLeft: (rank - 1 + buttons.length) % buttons.length, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    for (const [at, button] of buttons.entries()) button.tabIndex = at === next ? 0 : -1;
    buttons[next].focus();
    event.preventDefault();
  });
  return bar;
}
