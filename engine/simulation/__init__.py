"""The real flows on a virtual clock with invented leads."""
