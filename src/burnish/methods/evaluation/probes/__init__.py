"""Probes: one module a behaviour, each from a bench and a sheet to evidence for gates."""
