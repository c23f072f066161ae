"""Pure functions from a frame to a Plotly figure; one template; no map or geo traces, which would fetch from outside."""
