// Why: key files travel as text (mail, printing, copy and paste): the strict PEM-like armor of age.

import { b64, unb64, utf8 } from './bytes.js';
import { PliError } from './errors.js';

const HEAD = '-----BEGIN AGE ENCRYPTED FILE-----';
const FOOT = '-----END AGE ENCRYPTED FILE-----';
const bad = () => new PliError('entete', 'L’enveloppe texte du fichier (BEGIN AGE ENCRYPTED FILE) est incomplète ou modifiée.');

export function armor(bytes) {
  const lines = b64(bytes).match(/.{1,64}/g) ?? [];
  return utf8(`${HEAD}\n${lines.join('\n')}${lines.length ? '\n' : ''}${FOOT}\n`);
}

export function isArmored(bytes) {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 256)).trimStart().startsWith(HEAD);
}

export function dearmor(bytes) {
  const whole = new TextDecoder('latin1').decode(bytes);
  const lines = whole.trim().replaceAll('\r\n', '\n').split('\n');
  if (lines.shift() !== HEAD || lines.pop() !== FOOT) throw bad();
  lines.forEach((line, i) => {
    const last = i === lines.length - 1;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line) || line.length > 64 || (!last && line.length !== 64)) throw bad();
  });
  try {
    return unb64(lines.join(''));
  } catch (cause) {
    throw bad();
  }
}
