"""A person registers in a real browser, reads the mail, presses its button."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from accessibility import assert_accessible
from busbar import PASSWORD, link_in
from split import Split

SIZES = {"phone": (375, 780), "desk": (1280, 900)}


@pytest.fixture(params=["one process", "five processes"])
def busbar(request, new_busbar):
    if request.param == "one process":
        return new_busbar().start()
    url = request.getfixturevalue("rabbitmq").url_of(request.getfixturevalue("virtual_host"))
    return Split(new_busbar, url).start().gateway


def wait_for_path(browser, path):
    WebDriverWait(browser, 15).until(lambda b: b.current_url.split("?")[0].endswith(path), f"still at {browser.current_url}")


def fill(browser, **fields):
    for name, value in fields.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


def press(browser, button):
    """Clicks, and waits for the page that comes of it."""
    # A mark that the next page does not have: to ask for an old element while pages change confuses the driver.
    browser.execute_script("window.isOld = true")
    browser.execute_script("arguments[0].click()", button)
    WebDriverWait(browser, 15).until(
        lambda b: b.execute_script("return !window.isOld && document.readyState === 'complete'"), "no next page")


def submit(browser):
    press(browser, browser.find_element(By.CSS_SELECTOR, "main form button[type=submit]"))


def text_of(browser):
    return browser.find_element(By.TAG_NAME, "body").text


def fits(browser):
    """Nothing to scroll sideways."""
    return browser.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("size", SIZES)
def test_form_to_mail_to_confirmation(busbar, new_browser, screenshots, size):
    browser = new_browser(*SIZES[size])

    def seen(name):
        browser.save_screenshot(str(screenshots / f"{size}-{name}.png"))
        assert fits(browser), f"the page {name} is wider than a {size}"
        assert_accessible(browser)

    browser.get(busbar.url + "/")
    seen("1-start")
    browser.get(busbar.url + "/register")
    seen("2-register")
    fill(browser, name="Ada Lovelace", email="ada@example.org", password=PASSWORD)
    submit(browser)
    wait_for_path(browser, "/registered")
    seen("3-registered")

    mail = busbar.mail_to("ada@example.org")
    assert "Ada Lovelace" in mail["text"] and "Ada Lovelace" in mail["html"]
    link = link_in(mail["text"])
    assert link.startswith(busbar.url)

    browser.get(link)
    seen("4-confirm")
    submit(browser)
    assert "token=" not in browser.current_url
    seen("5-confirmed")

    browser.get(link)
    submit(browser)
    seen("6-used-up")
    assert busbar.post("/api/v1/confirmations", {"token": link.split("token=")[1]}).status == 410


def test_a_form_with_mistakes_comes_back_with_each_message_at_its_field(busbar, new_browser, screenshots):
    browser = new_browser(*SIZES["phone"], dark=True)
    browser.get(busbar.url + "/register")
    fill(browser, name="Grace <b>Hopper</b>", email="not an address", password="short")
    submit(browser)

    browser.save_screenshot(str(screenshots / "phone-dark-mistakes.png"))
    assert_accessible(browser)
    assert browser.find_element(By.NAME, "name").get_attribute("value") == "Grace <b>Hopper</b>"
    assert browser.find_element(By.NAME, "email").get_attribute("value") == "not an address"
    assert browser.find_element(By.NAME, "password").get_attribute("value") == ""
    for field in ("email", "password"):
        wrong = browser.find_element(By.NAME, field)
        assert wrong.get_attribute("aria-invalid") == "true"
        assert browser.find_element(By.ID, wrong.get_attribute("aria-describedby").split()[0]).text
    assert browser.find_element(By.NAME, "name").get_attribute("aria-invalid") is None

    fill(browser, email="grace@example.org", password=PASSWORD)
    submit(browser)
    wait_for_path(browser, "/registered")
    html = busbar.mail_to("grace@example.org")["html"]
    assert "<b>Hopper" not in html and "&lt;b&gt;Hopper" in html


def test_the_form_works_without_script(busbar, new_browser):
    browser = new_browser(*SIZES["desk"])
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(busbar.url + "/register")
    fill(browser, name="Ada", email="ada@example.org", password=PASSWORD)
    submit(browser)
    wait_for_path(browser, "/registered")


def test_pages_load_nothing_from_elsewhere_and_break_no_policy(busbar, new_browser):
    browser = new_browser(*SIZES["desk"])
    for path in ("/", "/register", "/registered", "/login", "/forgot", "/confirm?token=x", "/reset?token=x",
                 "/products"):
        browser.get(busbar.url + path)
        origins = browser.execute_script(
            "return performance.getEntriesByType('resource').map(entry => new URL(entry.name).origin)")
        assert set(origins) == {busbar.url}, origins  # its style sheet and nothing of others
        loud = [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]]
        assert not loud
