"""Dated public tables as data, each with the small loader that reads it."""
