// Why: a file the server would refuse after minutes of sending is told at once, beside its field, and is not sent.
// input[type=file][data-limite] (bytes) bounds each file; the whole of a form is bounded by what one request may weigh.
// A form that sends its files in parts (data-depot) has no bound here.

const size = (n) => {
  const [value, unit] = n < 1 << 30 ? [n / 1048576, 'Mo'] : [n / (1 << 30), 'Go'];
  return `${new Intl.NumberFormat('fr-FR', { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)}\u00a0${unit}`;
};

/** Return what is wrong with the weight of files, "" when nothing is; `each` and `whole` in bytes, 0 for no bound. */
export function tooHeavy(files, each, whole) {
  const big = each ? files.find((file) => file.size > each) : undefined;
  if (big) return `« ${big.name} » pèse ${size(big.size)} ; la limite est de ${size(each)}. Réduisez-le ou partagez-le.`;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (!whole || total < whole) return '';
  const said = files.length > 1 ? `Vos ${files.length} fichiers pèsent` : `« ${files[0].name} » pèse`;
  return `${said} ${size(total)} ; la plateforme accepte ${size(whole)} à la fois. ${files.length > 1 ? 'Envoyez-les en plusieurs fois.' : 'Réduisez-le ou partagez-le.'}`;
}

const inputs = (form) => [...form.elements].filter((control) => control.type === 'file' && control.files?.length);

/** Write what is wrong beside a field, "" to take it away: the bubble of a browser is gone at the next click. */
export function beside(input, message) {
  const place = input.closest?.('.mg-field');
  if (!place) return;
  let told = place.querySelector('[data-poids]');
  if (!told && message) {
    told = place.ownerDocument.createElement('p');
    told.className = 'mg-error';
    told.dataset.poids = '';
    told.id = `${input.id || input.name}-poids`;
    told.setAttribute('role', 'alert');
    place.append(told);
  }
  if (told) told.textContent = message;
  const others = (input.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== told?.id);
  const described = [...others, ...(message ? [told.id] : [])].join(' ');
  if (described) input.setAttribute('aria-describedby', described);
  else input.removeAttribute('aria-describedby');
  if (message) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
  if (told && !message) told.remove();
}

/** Weigh what people choose in the forms of a page; `whole` is the most one request may weigh, less what surrounds files. */
export function weigh(page, whole) {
  const judge = (form) => {
    if (form?.enctype !== 'multipart/form-data' || form.dataset.depot !== undefined) return null;
    let wrong = null;
    const chosen = inputs(form);
    const all = tooHeavy(chosen.flatMap((input) => [...input.files]), 0, whole);
    for (const input of chosen) {
      const message = tooHeavy([...input.files], Number(input.dataset.limite) || 0, 0) || (input === chosen.at(-1) ? all : '');
      input.setCustomValidity(message);
      beside(input, message);
      if (message) wrong ??= input;
    }
    return wrong;
  };
  page.addEventListener('change', (event) => {
    if (event.target?.type !== 'file') return;
    event.target.setCustomValidity('');
    beside(event.target, '');
    judge(event.target.form)?.reportValidity();
  });
  page.addEventListener('submit', (event) => {
    const wrong = judge(event.target);
    if (!wrong) return;
    event.preventDefault();
    wrong.reportValidity();
  });
}
