"""What a process that reads hostile files may use at the most; it says so itself, before it reads any."""


def to(*, memory: int, file: int) -> None:
    """So many bytes of addresses, and so many in any one file that it writes; no dump where it crashes."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; those on bytes, pixels and time hold there too
        return
    for name, limit in {"RLIMIT_AS": memory, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": file}.items():
        try:
            resource.setrlimit(getattr(resource, name), (limit, limit))
        except (ValueError, OSError):  # macOS has no limit on the address space
            continue
