"""What the scripts of the workflow share: one idea per module.

To be read in this order: `topics`, `configuration` (what the user asks for), `request` (what a service would be
sent), `staleness` (whether it must be), `production` (asking, checking, keeping), then the service clients.
"""
