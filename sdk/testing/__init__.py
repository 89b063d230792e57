"""Serve what an author needs to test a connector: no account, no network, no waiting."""
