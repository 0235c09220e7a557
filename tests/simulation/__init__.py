"""Tests of the simulation: the real flows, walked for months by invented leads."""
