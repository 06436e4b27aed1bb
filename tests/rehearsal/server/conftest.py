from tests.rehearsal.folders import small_disk, temporary

__all__ = ["small_disk", "temporary"]
