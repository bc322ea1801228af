// Why: public face of the engine.

export { decrypt, encrypt, encryptPassphrase, isWrapped, openChallenge, readKeyFile, readKeyText, wrapKeyFile, wrapKeySheet } from './age.js';
export { b64, b64raw, concat, digest, equal, hex, randomBytes, sha256, text, unb64, unb64raw, unhex, utf8, uuid } from './bytes.js';
export { Bundle, bundleSize, commitment, contextHash, manifestBytes, RawSource } from './bundle.js';
export { engineName } from './cipher.js';
export { PliError } from './errors.js';
export { checkRecipient, fingerprint, generateIdentity, parseIdentities, parseIdentity, passphraseIdentity, stanzaType } from './keys.js';
export { checkContext, hashBlob, hasher, openPli, verdictOf } from './open.js';
export { parseHeader } from './header.js';
export { Helper, HELPER, serveSeals } from './helper.js';
export { makeRelay, parseRelay } from './relay.js';
export { newSeal, PART, PartSealer, sealFile } from './seal.js';
export { combine, isShares, parseShare, readShares, shareLines, split } from './shares.js';
export { openAge } from './stream.js';
export { leafHash, rootOf, Tree, verifyInclusion } from './merkle.js';
export { dumps, stringify } from './jcs.js';
