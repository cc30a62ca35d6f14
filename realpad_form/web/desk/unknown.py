"""What an address asks for that there is not."""

from werkzeug.exceptions import BadRequest


class UnknownFilterError(BadRequest):
    """An address holds a filter, or its value, that does not exist; to leave it out would match too much."""
