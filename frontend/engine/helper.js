// Why: browsers run WebCrypto's cipher, and every fallback, on the thread that asks. A second worker seals some of the
// chunks on another core. It is an aid only: whatever it fails to answer is sealed again here, to the same bytes.

import { makeCipher } from './cipher.js';
import { CHUNK, sealSpan, SEALED_CHUNK, SPAN } from './stream.js';

/** Name under which a worker's script starts itself again as a helper. */
export const HELPER = 'sceau';
/** Spans under way at once: one being sealed, one on its way. */
const FLIGHT = 2;

export class Helper {
  #worker = null;
  #hire;
  #waiting = [];
  #free = [];
  #busy = false;

  /** @param {() => Worker} hire starts a worker that calls `serveSeals` */
  constructor(hire) {
    this.#hire = hire;
  }

  /** Take up the key of one seal. @returns {boolean} false when there is nobody to help, or when another seal is under way */
  start(key, engine) {
    if (this.#busy || !this.#hire) return false;
    try {
      if (!this.#worker) {
        this.#worker = this.#hire();
        this.#worker.onmessage = ({ data }) => (data.erreur ? this.#lost() : this.#waiting.shift()?.resolve(new Uint8Array(data.octets)));
        this.#worker.onerror = (event) => {
          event.preventDefault();
          this.#lost();
        };
        this.#worker.onmessageerror = () => this.#lost();
      }
      this.#worker.postMessage({ cle: key, moteur: engine });
      this.#busy = true;
    } catch (error) {
      this.#hire = null;
    }
    return this.#busy;
  }

  #lost() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#hire = null;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the helping worker is gone'));
  }

  get flight() {
    return this.#worker ? FLIGHT : 0;
  }

  /** Seal whole chunks from number `first` on into `out` at `at`; rejects when the helper is gone. */
  async seal(plain, first, endsFile, out, at) {
    if (!this.#worker) throw new Error('the helping worker is gone');
    const bytes = this.#free.pop() ?? new Uint8Array(SPAN * SEALED_CHUNK);
    bytes.set(plain, bytes.length - plain.length);
    const answer = new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
    this.#worker.postMessage({ octets: bytes.buffer, longueur: plain.length, premier: first, fin: endsFile }, [bytes.buffer]);
    const sealed = await answer;
    out.set(sealed.subarray(0, plain.length + Math.ceil(plain.length / CHUNK) * (SEALED_CHUNK - CHUNK)), at);
    this.#free.push(sealed);
  }

  /** Forget the key and the buffers. What is still under way is not waited for. */
  stop() {
    this.#busy = false;
    this.#free = [];
    if (this.#waiting.length) this.#dismiss();
    else this.#worker?.postMessage({ cle: null });
  }

  #dismiss() {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#waiting.splice(0)) reject(new DOMException('the seal was given up', 'AbortError'));
  }
}

/** The other side: seal what comes, in place, in order. The plaintext stands at the end of its buffer, so that no sealed chunk reaches one still to be read. */
export function serveSeals(scope) {
  let cipher = null;
  let turn = Promise.resolve();
  const act = async ({ cle, moteur, octets, longueur, premier, fin }) => {
    if (cle !== undefined) {
      (await cipher)?.free?.();
      cipher = cle && makeCipher(cle, moteur);
      return;
    }
    const bytes = new Uint8Array(octets);
    await sealSpan(await cipher, bytes.subarray(bytes.length - longueur), premier, fin, bytes, 0);
    scope.postMessage({ octets }, [octets]);
  };
  scope.onmessage = ({ data }) => {
    turn = turn.then(() => act(data)).catch((error) => scope.postMessage({ erreur: String(error) }));
  };
}

