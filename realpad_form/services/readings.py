"""How Realpad's own list of leads is read: as a call of its lane, one at a time, no more than it is due."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from realpad_form.domain.delivery import Answer
from realpad_form.domain.lane import LaneKey, describe_briefly
from realpad_form.domain.listing import Listing
from realpad_form.ports import Credential, CrmGateway, ReconcileLog

LEASE_S: Final = 45.0
"""How long nothing else is sent at most while a list is read."""

RETRY_S: Final = 0.5
"""How long a person's turn waits at most before it is tried again."""

logger = logging.getLogger(__name__)


class AccountLanes(NamedTuple):
    """The lanes whose leads stand in one list."""

    own: tuple[LaneKey, ...]  # of one credential name, with the passwords of before
    others: tuple[LaneKey, ...]  # of other names
    strange: tuple[LaneKey, ...]  # of the name, and of another account or one that is not known


@dataclass(frozen=True, slots=True)
class Readings:
    """Asks for the lists of the accounts that are configured."""

    log: ReconcileLog
    crm: CrmGateway
    credentials: Mapping[LaneKey, Credential]
    pace_s: float  # to a lane's next call
    lease_s: float = LEASE_S  # longer than a call can take

    def begin(self, key: LaneKey, *, every_s: float) -> bool:
        """Take the turn to read a lane's list. Raises: StorageUnavailableError."""
        return self.log.begin_reading(key, every_s=every_s, lease_s=self.lease_s)

    def begin_on_demand(self, key: LaneKey, *, tries: int) -> bool:
        """Take a person's turn, waiting for the lane's pace and its call in flight for a while."""
        for _ in range(tries):
            if self.log.begin_reading(key, every_s=0, lease_s=self.lease_s, on_demand=True):
                return True
            time.sleep(min(self.pace_s, RETRY_S))
        return False

    def read(self, key: LaneKey) -> Listing | Answer:
        """Return a lane's list, or what was answered instead, after its turn was taken."""
        listed = self.crm.list_leads(self.credentials[key])
        instead = listed if isinstance(listed, Answer) else None
        if instead:
            how = describe_briefly(instead)
            logger.warning("the leads of %s could not be listed: %s", key.credential, how)
        self.log.end_reading(key, pace_s=self.pace_s, instead=instead)
        return listed

    def account(self, key: LaneKey) -> AccountLanes:
        """Return the lanes whose leads the list of this one shows, also those of passwords before."""
        known = [lane.key for lane in self.log.lanes() if lane.key != key]
        same = [each for each in known if key.account and each.account == key.account]
        named = [each for each in known if each.credential == key.credential]
        return AccountLanes(
            own=(key, *(each for each in same if each in named)),
            others=tuple(each for each in same if each not in named),
            strange=tuple(each for each in named if each not in same),
        )
