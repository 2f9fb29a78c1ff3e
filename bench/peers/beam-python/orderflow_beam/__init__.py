"""Orderflow's chain of stages with Apache Beam's Python SDK."""
