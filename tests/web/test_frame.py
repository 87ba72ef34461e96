"""The frame of every page: signing in by role, what each finds there, and who is kept out."""

from web_town import Town, Visit


def test_one_click_makes_somebody_of_the_demo_of_one(visit: Visit, town: Town) -> None:
    page = visit("ana", "")

    assert page.url == f"{town.address}/store/AUSTIN"
    assert page.locator(".person span").inner_text().split("\n") == ["ana", "associate"]


def test_a_shopper_finds_the_shop_alone(visit: Visit) -> None:
    page = visit("sam", "")

    assert page.locator(".places a").all_inner_texts() == ["Shop"]


def test_signing_out_ends_it(visit: Visit) -> None:
    page = visit("ana", "/sign-in")

    page.get_by_role("button", name="Sign out ana").click()

    page.wait_for_url("**/sign-in")
    assert "ana" not in page.locator(".who").inner_text()


def test_nobody_signs_in_by_one_click_where_no_demo_runs(town: Town) -> None:
    strangers_address = {"x-forwarded-for": "203.0.113.7", "origin": town.address}

    answer = town.city.post(
        "/sign-in/as",
        b"person=ana",
        **strangers_address,
        **{"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 403
    assert b"/sign-in/as" not in town.city.get("/sign-in", **strangers_address).body


def test_an_associate_cannot_open_another_stores_work(visit: Visit) -> None:
    page = visit("ana", "/store/DALLAS")

    assert page.locator("h1").inner_text() == "Not allowed"
    assert "works at AUSTIN, not at DALLAS" in page.locator("main").inner_text()


def test_an_associate_cannot_open_another_stores_work_by_its_number(visit: Visit, town: Town) -> None:
    town.city.pick_up("LAMP", town.dallas)
    (work,) = town.city.work_at(town.dallas)
    page = visit("ana", f"/store/DALLAS/work/{work['work_id']}")
    assert page.locator("h1").inner_text() == "Not allowed"

    page.goto(f"/store/AUSTIN/work/{work['work_id']}")
    assert page.locator("h1").inner_text() == "Not found"
    refused = page.request.post(f"/v1/work/{work['work_id']}:claim", headers={"origin": town.address})
    assert refused.status == 403


def test_a_vendor_finds_no_store_and_no_orders_of_others(visit: Visit) -> None:
    page = visit("vera", "/about")

    assert page.locator(".places a").all_inner_texts() == ["Shop", "Vendor"]
    assert "No orders yet" in page.locator("main").inner_text()
    for path in ("/store/AUSTIN", "/store/AUSTIN/returns?find=ann"):
        page.goto(path)
        assert page.locator("h1").inner_text() == "Not allowed"


def test_a_shopper_who_is_signed_in_sees_their_own_orders_alone(visit: Visit, town: Town) -> None:
    town.city.order("LAMP", customer="sam", external_id="W-1")
    town.city.order("LAMP", customer="ann", external_id="W-2")
    page = visit("sam", "/order")

    assert page.locator("main li b").all_inner_texts() == ["W-1"]
    page.get_by_label("Order number").fill("W-2")
    page.get_by_label("E-mail").fill("sam@example.com")
    page.get_by_role("button", name="Open it").click()
    assert "no order of this number" in page.get_by_role("alert").inner_text()


def test_where_somebody_goes_after_signing_in_is_a_page_of_ours(visit: Visit) -> None:
    page = visit("", "/sign-in?next=https://evil.example/")

    assert page.locator("input[name=next]").first.input_value() == ""
