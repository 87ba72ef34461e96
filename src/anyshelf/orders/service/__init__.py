"""Orders as the other rooms use them: place, find, lock, and the one way their quantities move."""

from anyshelf.orders.rules import (
    CANCELLABLE,
    PAID_FOR,
    RETURNABLE,
    by_state,
    earned_in_all_minor,
    standing,
    status_of,
)
from anyshelf.orders.service.again import (
    alternatives,
    elsewhere,
    hand_on,
    not_arrived,
    reject,
    replace_lost,
    short,
    source_again,
    supply_arrived,
)
from anyshelf.orders.service.books import audit
from anyshelf.orders.service.cancelling import appease, cancel
from anyshelf.orders.service.changing import change_order, still_to_pay_minor
from anyshelf.orders.service.counter import (
    Settling,
    check_code,
    nobody_came,
    settle,
    settling_due_minor,
)
from anyshelf.orders.service.demand import count_demand
from anyshelf.orders.service.exceptions import (
    Listed,
    close_all,
    close_exception,
    exceptions,
    find_exception,
    leave_exception,
    note_exception,
    reopen_exception,
    take_exception,
)
from anyshelf.orders.service.finding import called, find, find_any, lock, recent
from anyshelf.orders.service.forgetting import forget_customer, forget_person
from anyshelf.orders.service.history import Wanted, keep_history, sold_by_channel, wanted
from anyshelf.orders.service.links import linked, make_link
from anyshelf.orders.service.paying import outstanding_minor, pay, payment_declined
from anyshelf.orders.service.placing import (
    Placing,
    all_sent_before,
    check,
    place,
    place_all,
    sent_before,
    to_authorise_minor,
)
from anyshelf.orders.service.planned import Seen, shelves_for, stays_put
from anyshelf.orders.service.planning import destination_of, policy_of, service_of
from anyshelf.orders.service.promised import late, promise_anew, repromise
from anyshelf.orders.service.releasing import hold, release, release_due, release_when_due
from anyshelf.orders.service.replanning import move_all, replanned, waiting
from anyshelf.orders.service.reserving import reservation_over
from anyshelf.orders.service.shadowing import foresee, look_on
from anyshelf.orders.service.steps import advance
from anyshelf.orders.service.terms import change_terms, terms
from anyshelf.orders.service.till import Lease, OpenTill, end_lease, lease, sell, tills
from anyshelf.orders.service.watching import STAGES, TO_DO, Busy, Troubled, busy, flow, standing_at, troubled

__all__ = [
    "CANCELLABLE",
    "PAID_FOR",
    "RETURNABLE",
    "STAGES",
    "TO_DO",
    "Busy",
    "Lease",
    "Listed",
    "OpenTill",
    "Placing",
    "Seen",
    "Settling",
    "Troubled",
    "Wanted",
    "advance",
    "all_sent_before",
    "alternatives",
    "appease",
    "audit",
    "busy",
    "by_state",
    "called",
    "cancel",
    "change_order",
    "change_terms",
    "check",
    "check_code",
    "close_all",
    "close_exception",
    "count_demand",
    "destination_of",
    "earned_in_all_minor",
    "elsewhere",
    "end_lease",
    "exceptions",
    "find",
    "find_any",
    "find_exception",
    "flow",
    "foresee",
    "forget_customer",
    "forget_person",
    "hand_on",
    "hold",
    "keep_history",
    "late",
    "lease",
    "leave_exception",
    "linked",
    "lock",
    "look_on",
    "make_link",
    "move_all",
    "nobody_came",
    "not_arrived",
    "note_exception",
    "outstanding_minor",
    "pay",
    "payment_declined",
    "place",
    "place_all",
    "policy_of",
    "promise_anew",
    "recent",
    "reject",
    "release",
    "release_due",
    "release_when_due",
    "reopen_exception",
    "replace_lost",
    "replanned",
    "repromise",
    "reservation_over",
    "sell",
    "sent_before",
    "service_of",
    "settle",
    "settling_due_minor",
    "shelves_for",
    "short",
    "sold_by_channel",
    "source_again",
    "standing",
    "standing_at",
    "status_of",
    "stays_put",
    "still_to_pay_minor",
    "supply_arrived",
    "take_exception",
    "terms",
    "tills",
    "to_authorise_minor",
    "troubled",
    "waiting",
    "wanted",
]
