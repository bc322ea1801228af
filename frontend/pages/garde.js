/** Has the person changed this control since the page came? What is hidden is the page's own. */
export function changed(control) {
  if (!control.name || control.type === 'hidden' || control.disabled) return false;
  if (control.options) {
    const marked = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(marked, 0); // a list without a choice of its own shows its first line
  }
  if (control.type === 'checkbox' || control.type === 'radio') return control.checked !== control.defaultChecked;
  if (control.type === 'file') return control.files.length > 0;
  return 'defaultValue' in control && control.value !== control.defaultValue;
}

/** `form[data-garde]`: leaving with what is typed and not sent asks first; `data-garde="refus"` holds values just refused. */
export function guard(page, forms) {
  if (!forms.length) return;
  const sent = new Set();
  for (const form of forms) form.addEventListener('submit', () => sent.add(form));
  const unsaved = (form) => !sent.has(form) && (form.dataset.garde === 'refus' || [...form.elements].some(changed));
  page.addEventListener('beforeunload', (event) => {
    if (forms.some(unsaved)) event.preventDefault();
  });
  page.addEventListener('pageshow', () => sent.clear());
}
