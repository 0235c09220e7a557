"""The reports: one page of numbers of a period, as pictures and as tables, and what the business wants of a month."""

from engine.web.console.reports.page import router

__all__ = ["router"]
