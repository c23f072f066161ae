"""Extracts that are fetched instead of sent: a bureau's database view or JSON endpoint, written into the inbox as a file.

From there they go the way of every file: landing, seal, contract. This package touches networks and writes files; the rest
of ingest reads files. Nothing half-written is ever visible in the inbox.
"""
