from tests.rehearsal.servers import embedded, fresh

__all__ = ["embedded", "fresh"]
