"""From the bureaus' files to typed, quarantined, pseudonymised batches in the lake.

In: what lies in the inbox, under the contracts of `warehouse`. Out: sealed originals in landing, immutable Parquet
batches with a manifest, quarantine beside them, identities in the vault. Never lets a personal value past itself.
"""
