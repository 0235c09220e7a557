"""Tests of the house style: what a reviewer would otherwise have to notice every time."""
