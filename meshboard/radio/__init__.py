"""Links to real nodes: the only place that knows the `meshtastic` package.

`factory.open_link` opens a link, `setup.ensure_channels` prepares a node, `discovery.find_nodes` finds one.
"""
