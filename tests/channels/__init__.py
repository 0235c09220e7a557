"""Tests of the channels: addresses, texts and the providers behind them."""
