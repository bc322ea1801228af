"""Files of a request of the S²LOW interface."""


class Uploaded:
    """A file of a request as ``service`` takes it: a name and a stream."""

    def __init__(self, name, handle):
        self.filename = name
        self._handle = handle

    def seek(self, *place):
        return self._handle.seek(*place)

    def tell(self):
        return self._handle.tell()

    def read(self, *size):
        return self._handle.read(*size)


def size_of(handle):
    """Return the bytes of an uploaded file."""
    handle.seek(0, 2)
    size = handle.tell()
    handle.seek(0)
    return size
