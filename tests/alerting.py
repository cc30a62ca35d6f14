"""Alerts that a test reads instead of a person."""

from realpad_form.domain.errors import NotificationError


class FakeNotifier:
    """Keeps what it was told; says nothing while it is broken."""

    def __init__(self):
        self.told, self.is_broken = [], False

    def tell(self, alerts):
        if self.is_broken:
            raise NotificationError("mail to mail.example: ConnectionRefusedError")
        self.told.append(list(alerts))


def kinds(notifier):
    return [(alert.kind.name, alert.subject, alert.is_over) for told in notifier.told for alert in told]
