"""Alerts that a test reads instead of a person."""

from realpad_form.domain.errors import NotificationError


class FakeNotifier:
    """Keeps what it was told; says nothing while it is broken, and raises what it is broken by."""

    def __init__(self):
        self.told, self.is_broken, self.tries = [], False, 0
        self.error = NotificationError("mail to mail.example: ConnectionRefusedError")

    def send(self, alerts):
        self.tries += 1
        if self.is_broken:
            raise self.error
        self.told.append(list(alerts))


def kinds(notifier):
    return [(alert.kind.name, alert.subject, alert.is_over) for told in notifier.told for alert in told]
