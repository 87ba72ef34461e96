"""Generated people: families, shared phones and devices, typos, second addresses; and how they are seen."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GIVEN = (
    "Anna", "Maria", "Ben", "Carla", "David", "Emma", "Frank", "Grace", "Hugo", "Irene", "Jack", "Karen",
    "Liam", "Mona", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tina", "Umar", "Vera", "Will", "Xenia",
    "Yusuf", "Zoe", "Alice", "Bruno", "Clara", "Diego", "Elena", "Felix", "Gina", "Henry", "Isaac", "Julia",
    "Kevin", "Laura", "Marco", "Nina", "Oscar", "Petra", "Ralph", "Sofia", "Tomas", "Ursula", "Victor",
    "Wendy", "Yara", "Adam", "Bella", "Cedric", "Daisy", "Ethan", "Fiona", "George",
)  # fmt: skip
FAMILY = (
    "Smith", "Johnson", "Brown", "Garcia", "Miller", "Davis", "Wilson", "Lopez", "Thomas", "Moore",
    "Jackson", "Martin", "Perez", "Thompson", "White", "Harris", "Clark", "Lewis", "Robinson", "Walker",
    "Young", "King", "Wright", "Torres", "Nguyen", "Hill", "Green", "Adams", "Baker", "Rivera", "Campbell",
    "Mitchell", "Carter", "Roberts", "Gomez", "Phillips", "Evans", "Turner", "Parker", "Collins", "Stewart",
    "Morris", "Murphy", "Cook", "Rogers", "Morgan", "Peterson", "Cooper", "Reed", "Bailey", "Bell", "Kelly",
    "Howard", "Ward", "Cox", "Richardson", "Wood", "Watson", "Brooks", "Bennett", "Gray", "Hughes", "Price",
    "Long",
)  # fmt: skip
DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TYPO_SHARE = 0.04
FAMILY_SHARE = 0.35
NAMESAKE_SHARE = 0.03
SHARED_PHONE = 0.5
SHARED_EMAIL = 0.1
SHARED_CARD = 0.4
HAS_ACCOUNT = 0.6
HAS_LOYALTY = 0.5
HAS_SECOND_EMAIL = 0.2
USES_SECOND_EMAIL = 0.3
SECOND = "work.example"
SHORTEST_MISTYPED = 3
COUNTRY_CODE_LENGTH = 3
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Person:
    """Somebody, with all they may be seen under."""

    number: int
    given: str
    family: str
    email: str
    phone: str
    street: str
    postal_code: str
    cards: list[str]
    devices: list[str]
    account: str
    loyalty: str
    second_email: str = ""


def people(count: int, seed: int) -> list[Person]:
    """So many people: a third live in families of two to five who share an address, and often a phone."""
    draw = random.Random(seed)
    found: list[Person] = []
    while len(found) < count:
        size = draw.randint(2, 5) if draw.random() < FAMILY_SHARE else 1
        found += _household(draw, len(found), size)
    return found[:count]


def _household(draw: random.Random, first: int, size: int) -> list[Person]:
    family, street = draw.choice(FAMILY), f"{draw.randint(1, 990)} {draw.choice(FAMILY)} Street"
    code, phone, device = f"{draw.randint(10000, 99999)}", _phone(draw), f"dev-{draw.getrandbits(60):x}"
    card, shared_phone = f"card-{draw.getrandbits(60):x}", size > 1 and draw.random() < SHARED_PHONE
    email = f"{family.lower()}.family{draw.randint(1, 99999)}@{draw.choice(DOMAINS)}"
    shared_email = size > 1 and draw.random() < SHARED_EMAIL
    names = draw.sample(GIVEN, size)
    if size > 1 and draw.random() < NAMESAKE_SHARE:
        names[-1] = names[0]  # a son bears his father's name
    found = []
    for place, given in enumerate(names):
        number = first + place
        own = f"{given}.{family}{draw.randint(1, 99999)}@{draw.choice(DOMAINS)}".lower()
        found.append(
            Person(
                number=number,
                given=given,
                family=family,
                email=email if shared_email else own,
                phone=phone if shared_phone else _phone(draw),
                street=street,
                postal_code=code,
                cards=[
                    card if size > 1 and draw.random() < SHARED_CARD else f"card-{draw.getrandbits(60):x}"
                ],
                devices=[f"dev-{draw.getrandbits(60):x}"] + ([device] if size > 1 else []),
                account=f"acc-{number}" if draw.random() < HAS_ACCOUNT else "",
                loyalty=f"loy-{number}" if draw.random() < HAS_LOYALTY else "",
                second_email=f"{given[0]}{family}{draw.randint(1, 99999)}@work.example".lower()
                if draw.random() < HAS_SECOND_EMAIL
                else "",
            )
        )
    return found


def _phone(draw: random.Random) -> str:
    return f"+1 {draw.randint(201, 989)} {draw.randint(200, 999)} {draw.randint(0, 9999):04d}"


def sightings(known: list[Person], each: int, seed: int) -> list[tuple[int, dict[str, str], datetime]]:
    """How people are seen, in the order of time: who it really was, what was said, when."""
    draw = random.Random(seed)
    found = []
    for person in known:
        for _ in range(draw.randint(2, 2 * each - 2)):
            moment = START + timedelta(seconds=draw.randint(0, 180 * 86_400))
            found.append((person.number, _said(draw, person), moment))
    found.sort(key=lambda seen: seen[2])
    return found


def _said(draw: random.Random, person: Person) -> dict[str, str]:
    """Guest checkout, signed in, at a till with a loyalty card, or a call: each leaves other traces."""
    email = person.second_email if person.second_email and draw.random() < USES_SECOND_EMAIL else person.email
    whole = {
        "given": _mistyped(draw, person.given),
        "family": _mistyped(draw, person.family),
        "postal_code": person.postal_code,
        "street": person.street,
    }
    way = draw.choices(("signed_in", "guest", "till", "call"), (0.35, 0.35, 0.15, 0.15))[0]
    if way == "signed_in" and person.account:
        return {"account": person.account, "device": draw.choice(person.devices), "email": email, **whole}
    if way == "till" and person.loyalty:
        return {"loyalty": person.loyalty, "card": draw.choice(person.cards), "phone": person.phone, **whole}
    if way == "call":
        return {"phone": _misdialled(draw, person.phone), "email": _mistyped(draw, email), **whole}
    return {
        "email": _mistyped(draw, email), "phone": _misdialled(draw, person.phone),
        "device": draw.choice(person.devices), "card": draw.choice(person.cards), **whole,
    }  # fmt: skip


def _mistyped(draw: random.Random, text: str) -> str:
    if draw.random() >= TYPO_SHARE or len(text) < SHORTEST_MISTYPED:
        return text
    place = draw.randint(1, len(text) - 2)
    kind = draw.choice(("swap", "drop", "double", "other"))
    if kind == "swap":
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if kind == "drop":
        return text[:place] + text[place + 1 :]
    if kind == "double":
        return text[:place] + text[place] + text[place:]
    return text[:place] + draw.choice(LETTERS) + text[place + 1 :]


def _misdialled(draw: random.Random, number: str) -> str:
    if draw.random() >= TYPO_SHARE:
        return number
    place = draw.choice(
        [at for at, sign in enumerate(number) if sign.isdigit() and at >= COUNTRY_CODE_LENGTH]
    )
    return number[:place] + str(draw.randint(0, 9)) + number[place + 1 :]
