// Why: what is chosen in a tree of links goes into the field the tree stands under, and nothing typed is lost; without scripts the
// link opens the form anew with it. Hooks: a[data-choix=id of the field], in a details.mg-tree that closes.

/** Fill the fields of a page from the links of their trees. */
export function choose(page) {
  page.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[data-choix]');
    const field = link && page.getElementById(link.dataset.choix);
    if (!field || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    field.value = link.textContent.trim();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    link.closest('details.mg-tree')?.removeAttribute('open');
    field.focus();
  });
}
