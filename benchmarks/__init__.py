"""Every workload side by side: ours, what others use for it, and the least that it can take; see `README.md`."""
