"""What Streamlit keeps of the files that pages were given: in memory until the visit ends, for want of a limit."""

from starlette.formparsers import MultiPartParser
from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from api.bodies import Held, Limits


def held(visit: str) -> Held:
    """How much the files of this visit, and of all, take up."""
    if not exists():
        return Held(0, 0)
    files = get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    stored = files.file_storage.copy()
    sizes = {key: sum(len(file.data) for file in kept.copy().values()) for key, kept in stored.items()}
    return Held(sizes.get(visit, 0), sum(sizes.values()))


def keep_off_disk() -> None:
    """A photo never touches the disk: Starlette would write one of over a megabyte to a temporary file."""
    MultiPartParser.spool_max_size = Limits().upload
