"""What a project, a lead and a delivery are: standard library and pydantic only."""
