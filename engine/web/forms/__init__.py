"""The doors that web sites have: forms, shown by us or posted by a page of the site, with and without script."""

from engine.web.forms.routes import router

__all__ = ["router"]
