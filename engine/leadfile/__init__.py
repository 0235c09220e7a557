"""Read a leads file (CSV) into rows and errors; nothing here knows a database."""

from engine.leadfile.reading import read
from engine.leadfile.row import LeadFile, Row, RowError, to_json

__all__ = ["LeadFile", "Row", "RowError", "read", "to_json"]
