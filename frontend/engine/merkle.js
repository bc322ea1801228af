// Why: root over the parts of a pli and inclusion proofs of the journal: the RFC 6962 §2.1 tree.

import { concat, equal, sha256 } from './bytes.js';

export const leafHash = (data) => sha256(concat(new Uint8Array([0]), data));
export const nodeHash = (left, right) => sha256(concat(new Uint8Array([1]), left, right));

/** Incremental tree: appends leaves, gives the root at any time with O(log n) memory. */
export class Tree {
  constructor() {
    this.size = 0;
    this.peaks = []; // [height, hash], heights strictly falling
  }

  append(data) {
    let node = leafHash(data);
    let height = 0;
    while (this.peaks.length && this.peaks.at(-1)[0] === height) {
      node = nodeHash(this.peaks.pop()[1], node);
      height++;
    }
    this.peaks.push([height, node]);
    this.size++;
  }

  root() {
    if (!this.size) return sha256(new Uint8Array());
    let node = null;
    for (let i = this.peaks.length - 1; i >= 0; i--) node = node === null ? this.peaks[i][1] : nodeHash(this.peaks[i][1], node);
    return node;
  }
}

export function rootOf(leaves) {
  const tree = new Tree();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/** RFC 9162 §2.1.3.2: true when `path` proves that the leaf hash stands at `index` in the tree of `size` with `root`. */
export function verifyInclusion(leaf, index, size, path, root) {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      r = nodeHash(r, p);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equal(r, root);
}
