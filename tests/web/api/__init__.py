"""Tests of the API, and of the forms of web sites."""
