"""What providers of CDNs and of functions at the edge tell by their APIs.

Decided for each by what is documented and read without a receiver of one's own:

- Cloudflare: the GraphQL Analytics API, for a zone's cache and an account's Workers.
- Supabase: the Management API's combined statistics, one call for each function.
- Vercel has no documented API that tells how long functions took; its drained traces are counted
  for a Prometheus by OpenTelemetry's Collector (targets.metrics.functions), and a file of drained
  logs is read as an access log (targets.access_logs).
"""
