"""The inbox: every lead, what needs a person first, and the connections to Realpad."""
