"""Tests of bootstrap. They need neither network nor Nix, except those in test_real.py, which say so."""
