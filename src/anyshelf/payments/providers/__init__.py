"""The payment providers of this house, by name: a new one is a module here and a row in this table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from anyshelf.ground.errors import Invalid
from anyshelf.payments.model import PaymentProvider
from anyshelf.payments.providers.cash import Cash
from anyshelf.payments.providers.rehearsal import Rehearsal
from anyshelf.payments.providers.store_credit import STORE_CREDIT, StoreCredit, credit_reference

__all__ = ["IN_THE_HOUSE", "PROVIDERS", "STORE_CREDIT", "Providers", "credit_reference", "provider_named"]

Providers: TypeAlias = Mapping[str, PaymentProvider]

_TENDERS: dict[str, PaymentProvider] = {"cash": Cash(), "test": Rehearsal()}

PROVIDERS: Providers = MappingProxyType({**_TENDERS, STORE_CREDIT: StoreCredit(_TENDERS)})


IN_THE_HOUSE: Final = frozenset(PROVIDERS)
"""Providers that answer from memory; whoever else is added is asked over the network, and takes its time."""


def provider_named(providers: Providers, name: str) -> PaymentProvider:
    """A provider by its name; raises Invalid naming the ones there are."""
    found = providers.get(name)
    if found is None:
        known = ", ".join(sorted(providers))
        raise Invalid(f"'{name}' is no payment provider; there are {known}.", field="payment.provider")
    return found
