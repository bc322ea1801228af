// Why: hashes of contexts, manifests and events are taken over one canonical JSON form (RFC 8785).
// Only strings, safe integers, booleans, null, arrays and plain objects: our objects hold no floats.

import { utf8 } from './bytes.js';

function write(value) {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`canonical JSON: ${value} is not a safe integer`);
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed?.() && /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(value)) {
      throw new TypeError('canonical JSON: lone surrogate');
    }
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value === 'object' && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)) {
    const keys = Object.keys(value).sort(); // UTF-16 code units, as RFC 8785 §3.2.3 asks
    return `{${keys.map((k) => `${write(k)}:${write(value[k])}`).join(',')}}`;
  }
  throw new TypeError(`canonical JSON: ${typeof value} is not allowed`);
}

/** @returns {string} canonical JSON text */
export const stringify = (value) => write(value);
/** @returns {Uint8Array} canonical JSON in UTF-8 */
export const dumps = (value) => utf8(write(value));
