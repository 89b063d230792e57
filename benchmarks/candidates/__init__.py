"""One script for each way to read the API; each runs in a fresh process, most in an environment of its own."""
