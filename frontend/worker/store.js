// Why: what a resumed deposit needs survives a reload here, in IndexedDB, on the bidder's machine only.

const NAME = 'megalis-depots';

function open() {
  return new Promise((resolve, reject) => {
    const r = indexedDB.open(NAME, 1);
    r.onupgradeneeded = () => r.result.createObjectStore('etats');
    r.onsuccess = () => resolve(r.result);
    r.onerror = () => reject(r.error);
    r.onblocked = () => reject(new Error('IndexedDB blocked'));
  });
}

export class BrowserStore {
  constructor() {
    this.db = null;
  }

  async #run(mode, act) {
    this.db ??= await open();
    return new Promise((resolve, reject) => {
      // strict durability: the state must be on disk before the part it describes leaves the machine
      const t = this.db.transaction('etats', mode, { durability: 'strict' });
      const r = act(t.objectStore('etats'));
      t.oncomplete = () => resolve(r.result);
      t.onerror = () => reject(t.error);
      t.onabort = () => reject(t.error ?? new Error('aborted'));
    });
  }

  get(key) {
    return this.#run('readonly', (s) => s.get(key));
  }

  put(key, value) {
    return this.#run('readwrite', (s) => s.put(value, key));
  }

  delete(key) {
    return this.#run('readwrite', (s) => s.delete(key));
  }
}

/** Same contract in memory: private windows where IndexedDB is refused (no resume after reload), and tests. */
export class MemoryStore {
  constructor() {
    this.map = new Map();
  }

  async get(key) {
    return structuredClone(this.map.get(key));
  }

  async put(key, value) {
    this.map.set(key, structuredClone(value));
  }

  async delete(key) {
    this.map.delete(key);
  }
}

export async function bestStore() {
  try {
    const store = new BrowserStore();
    await store.get('essai');
    return { store, durable: true };
  } catch (error) {
    return { store: new MemoryStore(), durable: false };
  }
}
