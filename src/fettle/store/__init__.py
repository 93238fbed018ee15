"""The store: the only place that knows Fettle's own tables, and the server they live on."""
