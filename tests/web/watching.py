"""What whoever watches the service sends with each question."""

TOKEN = "metrics-token"
METRICS = {"Authorization": f"Bearer {TOKEN}"}
