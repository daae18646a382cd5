"""What the files that pages were given take up: those in Streamlit's store, and those that a page took out of it."""

from collections import Counter
from collections.abc import Callable, Mapping

from starlette.formparsers import MultiPartParser
from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from api.bodies import Limits

FILE_BYTES = 16 * 1024  # what even an empty file counts for, so that their number has an end too


def held(*, taken: Callable[[], Mapping[str, int]]) -> Counter[str]:
    """How much the files of each visit take up; `taken` says by visit what the pages hold themselves."""
    all_files = Counter(_stored())
    all_files.update(taken())
    return all_files


def _stored() -> dict[str, int]:
    if not exists():
        return {}
    files = get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    kept = files.file_storage.copy()
    return {
        visit: sum(max(len(file.data), FILE_BYTES) for file in its.copy().values())
        for visit, its in kept.items()
    }


def keep_off_disk() -> None:
    """A photo never touches the disk: Starlette would write one of over a megabyte to a temporary file."""
    MultiPartParser.spool_max_size = Limits().upload
