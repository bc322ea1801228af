"""The age v1 payload (STREAM over ChaCha20-Poly1305, chunks of 64 KiB) at the speed of the disk and in constant memory.

Chunks are independent once their number is known: while one thread reads (and hashes) a segment of chunks, another one
encrypts and writes the segment before. OpenSSL, hashlib and the system calls all release the interpreter's lock; writes
take turns because the kernel lets one writer at a time into a file, and waiting there burns processor.
"""

from collections import deque
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from megalis.portal.sealing.errors import PayloadError
from threading import Lock
from threading import Thread

import mmap
import os
import queue


CHUNK = 65536
TAG = 16
SEALED_CHUNK = CHUNK + TAG
NONCE_SIZE = 16
SEGMENT_CHUNKS = 16
SEGMENT = SEGMENT_CHUNKS * CHUNK
SEALED_SEGMENT = SEGMENT_CHUNKS * SEALED_CHUNK
# What a thread of the file sealer takes at a time: few enough turns to wait for, still within its cache.
STEP = 8 * CHUNK
SEALED_STEP = 8 * SEALED_CHUNK
WORKERS = 2


def sealed_size(size):
    """Return the payload length (bytes, 16-byte nonce included) of ``size`` bytes of plaintext."""
    return NONCE_SIZE + size + TAG * max(1, -(-size // CHUNK))


def opened_size(size):
    """Return the plaintext length of a payload of ``size`` bytes (nonce included); PayloadError if impossible."""
    full, rest = divmod(size - NONCE_SIZE, SEALED_CHUNK)
    if size < NONCE_SIZE + TAG or 0 < rest < TAG or (rest == TAG and full):
        raise PayloadError(f"longueur impossible pour un contenu scellé : {size} octets ; le fichier est tronqué")
    return full * CHUNK + max(0, rest - TAG)


def fill_from(reader):
    """Return ``fill(view) -> n`` over ``reader``: fills the whole view unless the source ends."""
    if not hasattr(reader, "readinto"):

        def fill_by_read(view):
            done = 0
            while done < len(view):
                data = reader.read(len(view) - done)
                if not data:
                    break
                view[done : done + len(data)] = data
                done += len(data)
            return done

        return fill_by_read

    def fill(view):
        done = 0
        while done < len(view):
            got = reader.readinto(view[done:])
            if not got:
                break
            done += got
        return done

    return fill


def encrypt_segment(cipher, number, plain, size, sealed, last):
    """Encrypt ``size`` bytes of ``plain`` into ``sealed`` (memoryviews); return the bytes written.

    ``number`` is the number of the first chunk; ``last`` says that the payload ends with this segment.
    """
    position = done = 0
    while position < size or not (done or size):
        end = min(position + CHUNK, size)
        flag = b"\1" if last and end == size else b"\0"
        stop = done + end - position + TAG
        cipher.encrypt_into(number.to_bytes(11, "big") + flag, plain[position:end], None, sealed[done:stop])
        position, done, number = end, stop, number + 1
    return done


def decrypt_segment(cipher, number, sealed, size, plain, last):
    """Decrypt ``size`` bytes of ``sealed`` into ``plain``; return the plaintext length. Raises PayloadError."""
    position = done = 0
    while position < size:
        end = min(position + SEALED_CHUNK, size)
        final = last and end == size
        length = end - position - TAG
        if length < 0 or (length == 0 and number):
            raise PayloadError("contenu scellé tronqué ou allongé : dernier bloc impossible")
        nonce = number.to_bytes(11, "big") + (b"\1" if final else b"\0")
        try:
            cipher.decrypt_into(nonce, sealed[position:end], None, plain[done : done + length])
        except InvalidTag as error:
            raise PayloadError(
                f"contenu altéré ou tronqué au bloc {number} (64 Kio) : redemandez le fichier d’origine"
            ) from error
        position, done, number = end, done + length, number + 1
    return done


def write_all(descriptor, view, offset):
    """Write the whole of ``view`` at ``offset`` of a regular file."""
    while len(view):
        written = os.pwrite(descriptor, view, offset)
        offset += written
        view = view[written:]


def _buffer(size):
    """Return ``size`` bytes that start a page: the kernel copies a cached file twice as slowly to 16 bytes past one."""
    return memoryview(mmap.mmap(-1, size))


def _segments(fill, size):
    """Yield (buffer, length, last, release) of the source: one segment is read ahead to know which one is last."""
    free = queue.SimpleQueue()
    for _ in range(WORKERS + 3):
        free.put(_buffer(size))
    current = free.get()
    length = fill(current)
    while length == size:
        following = free.get()
        ahead = fill(following)
        if not ahead:
            break
        yield current, length, False, free.put
        current, length = following, ahead
    yield current, length, True, free.put


class _FileSealer:
    """Threads that each read a step in turn, encrypt it at the same time as the others, and write it in turn."""

    def __init__(self, fill, key, descriptor, offset, keep_first):
        self._fill, self._descriptor, self._offset = fill, descriptor, offset
        self._cipher = ChaCha20Poly1305(key)
        self._reading, self._writing = Lock(), Lock()
        self._number = 0
        self._ahead = _buffer(SEGMENT if keep_first else STEP)
        self._length = fill(self._ahead)
        self._keep_first = keep_first
        self.kept = None
        self.total = 0
        self.error = None

    def run(self):
        """Seal steps until the source ends or another thread failed; keeps its own failure in ``error``."""
        spare, sealed = _buffer(STEP), _buffer(SEALED_STEP)
        try:
            while segment := self._next(spare):
                spare = self.seal(*segment, sealed)
        except BaseException as error:
            self.error = self.error or error

    def _next(self, spare):
        """Return (number, plain, size, last) of the next step, reading the following one into ``spare``."""
        with self._reading:
            if self.error or self._ahead is None:
                return None
            number, plain, size = self._number, self._ahead, self._length
            self._length = self._fill(spare) if size == len(plain) else 0
            self._ahead = spare if self._length else None
            self._number += len(plain) // CHUNK
            return number, plain, size, self._ahead is None

    def seal(self, number, plain, size, last, sealed):
        """Encrypt and write one step; return a buffer to read into. The first one, a whole segment, may be kept for the end."""
        if self._keep_first and not number:
            self.kept = number, plain, size, last
            self._keep_first = False
            return _buffer(STEP)
        done = encrypt_segment(self._cipher, number, plain, size, sealed, last)
        with self._writing:
            write_all(self._descriptor, sealed[:done], self._offset + number * SEALED_CHUNK)
            self.total += done
        return plain


def encrypt_to_file(fill, key, descriptor, offset, patch=None):
    """Encrypt all that ``fill`` gives under the payload ``key`` into ``descriptor`` from ``offset``; return its size.

    ``patch(view)``, if given, is called once after the source ended and before the first segment is encrypted: it may
    rewrite the start of the plaintext (what is only known at the end, such as hashes), within one SEGMENT.
    """
    sealer = _FileSealer(fill, key, descriptor, offset, patch is not None)
    others = [Thread(target=sealer.run, daemon=True) for _ in range(WORKERS - 1)]
    for thread in others:
        thread.start()
    sealer.run()
    for thread in others:
        thread.join()
    if sealer.error:
        raise sealer.error
    if sealer.kept:
        patch(sealer.kept[1])
        sealer.seal(*sealer.kept, _buffer(SEALED_SEGMENT))
    return sealer.total


def encrypt_to_writer(fill, key, writer):
    """Encrypt all that ``fill`` gives under the payload ``key`` to ``writer.write``, in order."""
    cipher = ChaCha20Poly1305(key)
    sealed = _buffer(SEALED_SEGMENT)
    number = 0
    for plain, size, last, release in _segments(fill, SEGMENT):
        writer.write(sealed[: encrypt_segment(cipher, number, plain, size, sealed, last)])
        release(plain)
        number += SEGMENT_CHUNKS


def decrypted(fill, key, threads=WORKERS):
    """Yield the plaintext of the payload that ``fill`` gives, as memoryviews valid until the next one is asked for.

    Every chunk yielded is authenticated, but only the end of the iteration proves that none is missing: callers keep
    what they got out of reach until then. Raises PayloadError.
    """
    from concurrent.futures import ThreadPoolExecutor  # the start of whoever only seals waits for it otherwise

    cipher = ChaCha20Poly1305(key)
    plains = deque(_buffer(SEGMENT) for _ in range(threads + 2))
    number = 0

    def work(number, sealed, size, last, plain, release):
        try:
            return plain, decrypt_segment(cipher, number, sealed, size, plain, last)
        finally:
            release(sealed)

    with ThreadPoolExecutor(threads) as pool:
        running = deque()
        try:
            for sealed, size, last, release in _segments(fill, SEALED_SEGMENT):
                if size == 0:
                    raise PayloadError("contenu scellé absent : le fichier est tronqué après l’en-tête")
                running.append(pool.submit(work, number, sealed, size, last, plains.popleft(), release))
                number += SEGMENT_CHUNKS
                if len(running) > threads:
                    plain, done = running.popleft().result()
                    yield plain[:done]
                    plains.append(plain)
            while running:
                plain, done = running.popleft().result()
                yield plain[:done]
        finally:
            for future in running:
                future.cancel()
