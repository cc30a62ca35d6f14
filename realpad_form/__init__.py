"""An embeddable lead form for real-estate projects, with durable delivery to the Realpad CRM."""
