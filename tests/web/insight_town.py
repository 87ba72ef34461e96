"""A town whose shoppers have something to say."""

from city import City
from people import People

PEOPLE = {"email": "kim@example.org", "phone": "512 555 0100"}


def people_are_unhappy(city: City) -> None:
    """Somebody fetches an order and answers that it was bad; somebody else reviews what they bought."""
    shop = city.store("AUSTIN", lat=30.27, lon=-97.74)
    shop.has("MUG", 9)
    order = city.pick_up("MUG", shop, contact={"name": "Kim Ray", **PEOPLE})
    People(city).see_through(order)
    city.settle()
    events = city.get("/v1/changes?after=0&limit=500")["events"]
    link = next(each["data"]["link"] for each in events if each["type"] == "anyshelf.SurveyAsked")
    said = {"score": 1, "words": "I waited for an hour."}
    assert city.post(link.replace("/survey/", "/v1/surveys/"), said).status == 200
    review = {
        "external_id": "r1", "item": "LAMP", "rating": 2, "words": "The shade came off on the first evening.",
        "written_at": city.clock.now().isoformat(),
    }  # fmt: skip
    assert city.post("/v1/reviews", review).status == 200
