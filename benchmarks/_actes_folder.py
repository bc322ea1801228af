"""What the benchmarks of acts share: an instance in a folder that may be kept."""

from _instance import make
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.instances import Instance


@contextmanager
def kept(folder=None):
    """Give an instance in ``folder``, made the first time; in a folder of the moment without one."""
    if folder is None:
        with TemporaryDirectory(prefix="megalis-bench-") as name:
            yield make(Path(name))
        return
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "made").exists():
        yield Instance(folder)
        return
    instance = make(folder)
    (folder / "made").touch()
    yield instance
