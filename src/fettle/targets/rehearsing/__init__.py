"""Where updates are tried and applied on this machine: trees, sandboxes, environments, swaps."""
