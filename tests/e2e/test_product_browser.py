"""A person looks for products, signs in, makes one, changes it, comes too late, deletes it. In a real browser."""

import urllib.parse

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from accessibility import assert_accessible, in_each_look
from busbar import PASSWORD, eventually
from split import Split
from test_account_browser import fill_in, submit_form
from test_browser import fill, fits, press, text_of, wait_for_path
from visitor import confirmed_account, hidden, signed_in

ALL = "/api/v1/products"
SEARCH = "form[role=search]"
EVIL = "<script>document.title = 'stolen'</script><img src=x onerror=\"document.title = 'stolen'\">"
ARABIC = "مصباح نحاسي للمكتب"


def create(busbar, name, description="", price="1"):
    answer = busbar.admin("POST", ALL, {"name": name, "description": description, "price": price})
    assert answer.status == 201, answer
    return answer.json


def without_script(browser, disabled=True):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": disabled})


def names(browser):
    return browser.execute_script("return [...document.querySelectorAll('.products h2')].map(one => one.textContent)")


def count(browser):
    return browser.find_element(By.ID, "count").text


def wait_for(browser, read, wanted):
    WebDriverWait(browser, 15).until(lambda b: read(b) == wanted, f"not {wanted!r}")


def value_of(browser, name):
    return browser.find_element(By.NAME, name).get_attribute("value")


def follow(browser, text):
    press(browser, browser.find_element(By.PARTIAL_LINK_TEXT, text))


def sign_in(browser, busbar):
    browser.get(busbar.url + "/login")
    fill(browser, email="ada@example.org", password=PASSWORD)
    submit_form(browser, "/login")


def search_by_button(browser):
    press(browser, browser.find_element(By.CSS_SELECTOR, SEARCH + " button[type=submit]"))


@pytest.mark.parametrize("width, dark, script", [(320, False, True), (1280, True, True), (320, True, False)],
                         ids=["320-light", "1280-dark", "320-dark-without-script"])
def test_a_product_from_its_first_day_to_its_last(busbar, new_browser, screenshots, width, dark, script):
    confirmed_account(busbar, "ada@example.org")
    browser, other = new_browser(width, 800, dark=dark), new_browser(1280, 800)
    if not script:
        without_script(browser)

    def seen(name):
        kind = f"{width}-{'dark' if dark else 'light'}{'' if script else '-no-script'}"
        browser.save_screenshot(str(screenshots / f"products-{kind}-{name}.png"))
        assert fits(browser), f"the page {name} is wider than {width} pixels"
        without_script(browser, False)  # axe is one; those of the page do not start any more
        assert_accessible(browser)
        without_script(browser, not script)

    browser.get(busbar.url + "/")
    follow(browser, "Products")
    assert "There are no products yet" in text_of(browser)
    seen("1-empty")
    follow(browser, "New product")
    wait_for_path(browser, "/login")
    fill(browser, email="ada@example.org", password=PASSWORD)
    submit_form(browser, "/login")
    wait_for_path(browser, "/products/new")
    seen("2-new")

    fill_in(browser, "/products/new", name="Lamp", price="dear", description="Copper.\nTwo lines.")
    submit_form(browser, "/products/new")
    assert "Must be a decimal" in browser.find_element(By.ID, "price-error").text
    assert (value_of(browser, "name"), value_of(browser, "description")) == ("Lamp", "Copper.\nTwo lines.")
    seen("3-mistake")
    fill_in(browser, "/products/new", price="9.90")
    submit_form(browser, "/products/new")
    assert "The product is created." in text_of(browser)
    assert "Copper.\nTwo lines." in text_of(browser)
    seen("4-created")
    address = urllib.parse.urlsplit(browser.current_url).path
    assert busbar.get("/api/v1" + address).json["description"] == "Copper.\nTwo lines."

    sign_in(other, busbar)
    other.get(busbar.url + address + "/edit")
    follow(browser, "Edit")
    seen("5-edit")
    fill_in(other, address, name="Theirs")
    submit_form(other, address)
    fill_in(browser, address, name="Mine")
    submit_form(browser, address)
    assert "Nothing of yours is saved yet." in text_of(browser) and "Theirs" in text_of(browser)
    assert busbar.get("/api/v1" + address).json["name"] == "Theirs"
    seen("6-conflict")
    submit_form(browser, address)
    assert "The product is saved." in text_of(browser)
    assert busbar.get("/api/v1" + address).json["name"] == "Mine"

    other.get(busbar.url + address + "/delete")
    follow(browser, "Edit")
    fill_in(browser, address, price="10")
    submit_form(browser, address)
    submit_form(other, address + "/delete")
    assert "Somebody has changed this product" in text_of(other)
    follow(browser, "Delete")
    seen("7-delete")
    submit_form(browser, address + "/delete")
    wait_for_path(browser, "/products")
    assert "The product is deleted." in text_of(browser)
    assert busbar.get("/api/v1" + address).status == 404
    browser.get(busbar.url + address)
    seen("8-gone")
    assert "Not Found" in text_of(browser)


@in_each_look
def test_nothing_that_is_stored_breaks_a_page(busbar, new_browser, screenshots, width, dark):
    confirmed_account(busbar, "ada@example.org")
    long = create(busbar, "W" * 200, "x" * 10_000, "999999999999.99")
    arabic = create(busbar, ARABIC, f"{ARABIC}, lamp No. 4.\n" * 30, "19.90")
    evil = create(busbar, EVIL[:200], EVIL)
    browser = new_browser(width, 800, dark=dark)
    sign_in(browser, busbar)

    def seen(name):
        browser.save_screenshot(str(screenshots / f"stored-{width}-{'dark' if dark else 'light'}-{name}.png"))
        assert fits(browser), f"the page {name} is wider than {width} pixels"
        assert_accessible(browser)
        assert browser.title != "stolen" and not browser.find_elements(By.CSS_SELECTOR, "main img, main script"), name
        assert not [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]]

    paths = {"list": "/products", "filter": "/products?price_min=cheap&sort=colour", "none": "/products?search=unicorn",
             "page": "/products?page=x"}
    for name, one in (("long", long), ("arabic", arabic), ("evil", evil)):
        path = "/products/" + one["id"]
        paths |= {name: path, name + "-edit": path + "/edit", name + "-delete": path + "/delete"}
    for name, path in paths.items():
        browser.get(busbar.url + path)
        seen(name)
    for name in ("long", "arabic", "evil"):
        browser.get(busbar.url + paths[name + "-edit"])
        busbar.admin("PATCH", "/api/v1" + paths[name], {"price": "2"})
        submit_form(browser, paths[name])
        seen(name + "-conflict")
        assert "Nothing of yours is saved yet." in text_of(browser)
    browser.get(busbar.url + "/products/" + evil["id"])
    assert browser.find_element(By.TAG_NAME, "h1").text == EVIL[:200]
    browser.get(busbar.url + f"/products/{long['id']}/edit")
    assert len(value_of(browser, "description")) == 10_000


@pytest.fixture
def shop(busbar):
    for number in range(31):
        create(busbar, f"Lamp {number:02}", "copper" if number % 2 else "brass", str(number))
    create(busbar, "Teapot", "green", "30")
    return busbar


def test_products_are_found_without_script(shop, new_browser):
    browser = new_browser(1280, 800)
    without_script(browser)
    browser.get(shop.url + "/products")
    fill(browser, search="lam copp", price_min="10")
    browser.execute_script("arguments[0].value = '-price'", browser.find_element(By.NAME, "sort"))
    search_by_button(browser)

    assert count(browser) == "1 to 10 of 10 products"
    assert names(browser)[:2] == ["Lamp 29", "Lamp 27"]
    assert (value_of(browser, "search"), value_of(browser, "price_min"), value_of(browser, "sort")) == (
        "lam copp", "10", "-price")
    fill(browser, search="lamp", price_min="")
    search_by_button(browser)
    assert count(browser) == "1 to 10 of 31 products"
    follow(browser, "Next")
    follow(browser, "Next")
    assert (count(browser), names(browser)[0]) == ("21 to 30 of 31 products", "Lamp 10")
    assert value_of(browser, "search") == "lamp"
    follow(browser, "Previous")
    assert count(browser) == "11 to 20 of 31 products"


def test_products_are_found_while_one_types(shop, new_browser):
    browser = new_browser(1280, 800)
    browser.get(shop.url + "/products?page=2")
    field = browser.find_element(By.NAME, "search")

    field.send_keys("teap")
    wait_for(browser, names, ["Teapot"])
    assert count(browser) == "1 to 1 of 1 product"
    assert browser.current_url == shop.url + "/products?search=teap"
    assert browser.find_element(By.ID, "count").get_attribute("role") == "status"
    assert browser.switch_to.active_element == field
    field.send_keys("o\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}&x")  # goes on where it was
    wait_for(browser, count, "No products")
    assert "Nothing is like that" in text_of(browser)

    browser.get(shop.url + "/products?search=lamp")
    minimum = browser.find_element(By.NAME, "price_min")
    minimum.send_keys("cheap")
    error = browser.find_element(By.ID, "price_min-error")
    wait_for(browser, lambda _: error.is_displayed(), True)
    assert minimum.get_attribute("aria-invalid") == "true" and names(browser) == []
    assert_accessible(browser)
    minimum.clear()
    minimum.send_keys("25")
    wait_for(browser, count, "1 to 6 of 6 products")
    assert minimum.get_attribute("aria-invalid") is None and not error.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "option[value=price]").click()
    wait_for(browser, lambda b: b.current_url, shop.url + "/products?search=lamp&price_min=25&sort=price")
    assert names(browser) == [f"Lamp {number}" for number in range(25, 31)]

    follow(browser, "Lamp 26")
    browser.back()
    wait_for(browser, count, "1 to 6 of 6 products")
    assert value_of(browser, "price_min") == "25"


HOLD_FETCHES = """
const real = window.fetch;
window.held = [];
window.fetch = (url, options) => new Promise((resolve, reject) =>
    window.held.push(() => real(url, {headers: options.headers}).then(resolve, reject)));
"""
LET_GO = "const [number, done] = arguments; window.held[number]().then(() => setTimeout(done), () => setTimeout(done));"


def held(browser):
    return browser.execute_script("return window.held.length")


def test_an_answer_that_comes_too_late_is_thrown_away(shop, new_browser):
    browser = new_browser(1280, 800)
    browser.get(shop.url + "/products")
    browser.execute_script(HOLD_FETCHES)
    field = browser.find_element(By.NAME, "search")
    field.send_keys("lamp")
    wait_for(browser, held, 1)
    field.clear()
    field.send_keys("teapot")
    WebDriverWait(browser, 15).until(lambda b: held(b) > 1)
    newest = held(browser) - 1

    browser.execute_async_script(LET_GO, newest)
    wait_for(browser, names, ["Teapot"])
    browser.execute_async_script(LET_GO, 0)

    assert names(browser) == ["Teapot"]
    assert browser.current_url == shop.url + "/products?search=teapot"


def test_a_search_that_is_not_answered_says_so_and_leaves_the_list(shop, new_browser):
    browser = new_browser(1280, 800)
    browser.get(shop.url + "/products")
    before = names(browser)
    browser.execute_script("window.fetch = () => Promise.reject(new TypeError('away'))")

    browser.find_element(By.NAME, "search").send_keys("lamp")

    wait_for(browser, count, "The search does not answer right now. Please try again in a moment.")
    assert names(browser) == before


def test_without_the_module_the_pages_say_so_and_come_back(new_busbar, rabbitmq, virtual_host):
    split = Split(new_busbar, rabbitmq.url_of(virtual_host), ("web,registration,email,logging", "product")).start()
    made = create(split.gateway, "Lamp")
    pages = ("/products", "/products/" + made["id"])

    def statuses():
        return [split.gateway.get(path, {"Accept": "text/html"}).status for path in pages]

    assert statuses() == [200, 200]
    split["product"].stop()
    eventually(statuses, lambda found: found == [503, 503])
    away = split.gateway.get("/products", {"Accept": "text/html"})
    assert "This part is not available right now." in away.text and away.headers["Retry-After"]
    split["product"].start()
    eventually(statuses, lambda found: found == [200, 200])


def test_S3_37_a_visitor_sees_at_once_what_they_and_programs_have_written(busbar):
    confirmed_account(busbar, "ada@example.org")
    ada = signed_in(busbar, "ada@example.org")
    for number in range(20):
        made = ada.send("/products/new", name=f"fresh{number:02}", price="1", description="")
        assert made.status == 303, made
        path = made.headers["Location"]
        assert busbar.get("/api/v1" + path).json["name"] == f"fresh{number:02}"
        assert f"fresh{number:02}</a>" in ada.get(f"/products?search=fresh{number:02}").text
        busbar.admin("PUT", "/api/v1" + path, {"name": f"renamed{number:02}", "description": "", "price": "2"})
        assert f"renamed{number:02}</h1>" in ada.get(path).text
        assert ada.send(path + "/delete", version="2").status == 303
        assert ada.get(path).status == 404


def test_a_form_that_is_sent_twice_makes_one_product(busbar):
    confirmed_account(busbar, "ada@example.org")
    ada = signed_in(busbar, "ada@example.org")

    def form_on(page):
        return {"csrf_token": hidden(page, "csrf_token"), "key": hidden(page, "key")}

    first = form_on(ada.get("/products/new"))
    made = [ada.post("/products/new", {**first, "name": "Twice", "price": "1"}) for _ in range(2)]
    other = ada.post("/products/new", {**first, "name": "Other", "price": "1"})
    again = ada.post("/products/new", {**form_on(other), "name": "Other", "price": "1"})

    assert [one.status for one in made] == [303, 303], made
    assert made[0].headers["Location"] == made[1].headers["Location"]
    assert other.status == 422 and "A product was made with this form already" in other.text, other
    assert 'value="Other"' in other.text
    assert again.status == 303, again
    assert again.headers["Location"] != made[0].headers["Location"]
    assert [one["name"] for one in busbar.get(ALL).json["items"]] == ["Other", "Twice"]
