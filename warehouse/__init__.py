"""The agreements of the installation (YAML and CSV) and the keeper of its builds.

In: contracts, columns, policy, reference data. Out: typed facts for the other rooms, generated
files, the lake's inputs, published releases. Never imports another room of the project.
"""
