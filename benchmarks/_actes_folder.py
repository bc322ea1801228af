"""What the benchmarks of acts share: an instance in a folder that may be kept, and is then not configured again."""

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
    mark = folder / "made"
    if mark.exists() and mark.read_text():
        instance = Instance.__new__(Instance)
        instance.folder, instance.port = folder, int(mark.read_text())
        instance.url = f"http://127.0.0.1:{instance.port}"
    else:
        instance = make(folder)
        mark.write_text(str(instance.port))
    yield instance
