"""A person has an account: confirm, sign in, change the password, lose it, get a new one, leave. In a real browser."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from accessibility import assert_accessible, in_each_look
from busbar import PASSWORD, eventually, link_in
from test_browser import fill, fits, press, submit, wait_for_path
from visitor import SESSION, confirmed_account

NEW_PASSWORD = "staple of another kind"
LAST_PASSWORD = "a third one, quite long"


def submit_form(browser, action):
    """Presses the button of the form that posts to `action`."""
    press(browser, browser.find_element(By.CSS_SELECTOR, f"form[action='{action}'] button[type=submit]"))


def fill_in(browser, action, **fields):
    for name, value in fields.items():
        field = browser.find_element(By.CSS_SELECTOR, f"form[action='{action}'] [name={name}]")
        field.clear()
        field.send_keys(value)


def sign_in(browser, busbar, password):
    browser.get(busbar.url + "/login")
    fill(browser, email="ada@example.org", password=password)
    submit_form(browser, "/login")


def type_keys(field, letter):
    field.send_keys(Keys.CONTROL, letter)


@pytest.mark.parametrize("path, source", [("/register", "name"), ("/login", "email")])
def test_S06_a_password_can_be_pasted_and_looked_at(busbar, new_browser, path, source):
    browser = new_browser(1280, 800)
    browser.get(busbar.url + path)
    copied, password = browser.find_element(By.NAME, source), browser.find_element(By.NAME, "password")
    browser.execute_script("arguments[0].type = 'text'", copied)
    copied.send_keys("pasted from elsewhere")
    type_keys(copied, "a")
    type_keys(copied, "x")

    password.click()
    type_keys(password, "v")

    assert copied.get_attribute("value") == ""
    assert password.get_attribute("value") == "pasted from elsewhere"
    toggle = browser.find_element(By.CSS_SELECTOR, "button[aria-controls=password]")
    assert password.get_attribute("type") == "password"
    toggle.click()
    assert (password.get_attribute("type"), toggle.get_attribute("aria-pressed"), toggle.text) == ("text", "true", "Hide")
    toggle.click()
    assert password.get_attribute("type") == "password"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_S21_S23_the_browser_keeps_the_session_in_a_cookie_out_of_reach_and_nothing_else(busbar, new_browser, host):
    confirmed_account(busbar, "ada@example.org")
    browser = new_browser(1280, 800)
    url = busbar.url.replace("127.0.0.1", host)
    browser.get(url + "/login")
    fill(browser, email="ada@example.org", password=PASSWORD)
    submit_form(browser, "/login")
    wait_for_path(browser, "/account")

    browser.get(url + "/account")
    wait_for_path(browser, "/account")
    cookie = browser.get_cookie(SESSION)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert browser.execute_script("return document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") == "{}"


def newest_link(busbar, subject):
    found = eventually(lambda: [mail for mail in busbar.mails_to("ada@example.org") if mail["subject"] == subject],
                       what=f"the mail {subject!r}")
    return link_in(busbar.admin("GET", f"/api/v1/emails/{found[0]['id']}").json["text"])


@in_each_look
def test_an_account_from_its_first_day_to_its_last(busbar, new_browser, screenshots, width, dark):
    browser, other = new_browser(width, 800, dark=dark), new_browser(1280, 800)

    def seen(name):
        browser.save_screenshot(str(screenshots / f"account-{width}-{'dark' if dark else 'light'}-{name}.png"))
        assert fits(browser), f"the page {name} is wider than {width} pixels"
        assert_accessible(browser)

    busbar.register("ada@example.org")
    browser.get(link_in(busbar.mail_to("ada@example.org")["text"]))
    submit(browser)
    wait_for_path(browser, "/login")

    sign_in(browser, busbar, "not the password")
    assert browser.find_element(By.NAME, "email").get_attribute("value") == "ada@example.org"
    seen("1-wrong-password")
    sign_in(browser, busbar, PASSWORD)
    wait_for_path(browser, "/account")
    seen("2-account")
    sign_in(other, busbar, PASSWORD)
    wait_for_path(other, "/account")

    fill_in(browser, "/account/password", current_password=PASSWORD, new_password=NEW_PASSWORD)
    submit_form(browser, "/account/password")
    wait_for_path(browser, "/account")
    seen("3-password-changed")
    other.get(busbar.url + "/account")
    wait_for_path(other, "/login")

    submit_form(browser, "/logout")
    assert "/account" not in browser.current_url
    browser.get(busbar.url + "/forgot")
    seen("4-forgot")
    fill(browser, email="ada@example.org")
    submit_form(browser, "/forgot")
    seen("5-mail-is-on-its-way")
    browser.get(newest_link(busbar, "A new password for Busbar"))
    seen("6-reset")
    fill(browser, password=LAST_PASSWORD)
    submit_form(browser, "/reset")
    assert "token=" not in browser.current_url

    sign_in(browser, busbar, NEW_PASSWORD)
    assert "/account" not in browser.current_url
    sign_in(browser, busbar, LAST_PASSWORD)
    wait_for_path(browser, "/account")
    fill_in(browser, "/account/delete", password=LAST_PASSWORD)
    submit_form(browser, "/account/delete")
    seen("7-deleted")
    sign_in(browser, busbar, LAST_PASSWORD)
    assert "/account" not in browser.current_url
    eventually(lambda: [mail["subject"] for mail in busbar.mails_to("ada@example.org")],
               lambda subjects: subjects == ["Your account was deleted"])
