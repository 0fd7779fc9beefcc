"""The admin listener in a browser: a link that works once, or a token that is pasted."""

import json
import re

from selenium.webdriver.common.by import By

from accessibility import assert_accessible, in_each_look
from busbar import eventually
from test_browser import fill, fits, submit, text_of
from visitor import FORM

COOKIE = "__Host-busbar_console"


def link_of(busbar):
    """What serve printed."""
    return re.search(r"console +(http://\S+/#token=[\w-]{43})\n", busbar.output()).group(1)


def is_signed_in(browser):
    return "Mailbox" in text_of(browser)


def open_link(browser, link):
    browser.get(link)
    # The script sends the form, so another page follows.
    return eventually(lambda: browser.execute_script(
        "return document.readyState === 'complete' && !location.hash && document.body.innerText"),
        lambda text: text and ("Mailbox" in text or "used up" in text), what="the answer to the link")


@in_each_look
def test_S31_the_link_that_serve_prints_signs_in_once(new_busbar, new_browser, screenshots, width, dark):
    busbar = new_busbar("--log-level", "debug").start()
    browser, other = new_browser(width, 800, dark=dark), new_browser(1280, 800)
    link = link_of(busbar)

    def seen(name):
        browser.save_screenshot(str(screenshots / f"console-{width}-{'dark' if dark else 'light'}-{name}.png"))
        assert fits(browser), f"the page {name} is wider than {width} pixels"
        assert_accessible(browser)

    browser.get(link.split("#")[0])
    seen("1-sign-in")
    open_link(browser, link)
    assert is_signed_in(browser)
    assert "token" not in browser.current_url
    seen("2-signed-in")
    cookie = browser.get_cookie(COOKIE)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")
    assert browser.execute_script("return document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") == "{}"

    assert "used up" in open_link(other, link)
    assert not is_signed_in(other)

    browser.get(link.split("/#")[0] + "/api/v1/emails")
    assert '"items"' in text_of(browser)
    browser.get(link.split("#")[0])
    browser.find_element(By.CSS_SELECTOR, "form[action='/sign-out'] button").click()
    eventually(lambda: browser.get_cookie(COOKIE), lambda found: found is None)
    assert not is_signed_in(browser)

    token = link.split("token=")[1]
    log = (busbar.folder / "stderr-1.txt").read_text()
    assert "/sign-in" in log
    for secret in (token, cookie["value"], busbar.admin_token):
        assert secret not in log
    written = b"".join(path.read_bytes() for path in busbar.data.rglob("*") if path.is_file() and path.name != "admin.token")
    for secret in (token, cookie["value"], busbar.admin_token):
        assert secret.encode() not in written


def test_S31_a_new_link_is_printed_on_demand(busbar, new_browser):
    code, printed, told = busbar.command("console", "--data", str(busbar.data))
    assert code == 0, told
    browser = new_browser(1280, 800)
    open_link(browser, printed.strip())
    assert is_signed_in(browser)

    code, printed, _ = busbar.command("console", "--json", "--data", str(busbar.data))
    assert code == 0 and json.loads(printed)["url"] != printed.strip()
    assert "T" in json.loads(printed)["expires_at"]


def test_S31_without_script_the_token_is_pasted(busbar, new_browser):
    browser = new_browser(1280, 800)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"http://{busbar.ready['admin']}/")
    fill(browser, token="not it")
    submit(browser)
    assert not is_signed_in(browser)
    fill(browser, token=busbar.command("token", "--data", str(busbar.data))[1].strip())
    submit(browser)
    assert is_signed_in(browser)


def test_S24_S25_another_port_of_this_host_can_make_no_operator_act(new_busbar):
    """Cookies do not tell ports apart, so a page of any program on this machine sends them along."""
    busbar = new_busbar("--public-url", "http://127.0.0.1:8080").start()
    page = busbar.request("GET", "/", listener="admin", headers={"Accept": "text/html"})
    form = page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)

    def sign_in(site, csrf):
        return busbar.request("POST", "/sign-in", f"token={busbar.admin_token}&csrf_token={csrf}", listener="admin",
                              headers={"Content-Type": FORM, "Cookie": form, **site})

    own = {"Sec-Fetch-Site": "same-origin"}
    for foreign in ({"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Origin": f"http://{busbar.ready['http']}"}, {"Origin": "http://127.0.0.1:8080"}, {"Origin": "null"}):
        assert sign_in(foreign, token).status == 403, foreign
    assert sign_in(own, "").status == 403
    signed_in = sign_in(own, token)
    assert signed_in.status == 303, signed_in

    cookies = f"{form}; {signed_in.headers['Set-Cookie'].split(';')[0]}"
    mail = {"to": ["ada@example.org"], "subject": "Hello", "text": "Hello"}
    act = {"Cookie": cookies, **own}
    assert busbar.request("GET", "/api/v1/emails", listener="admin", headers={"Cookie": cookies}).status == 200
    assert busbar.request("POST", "/api/v1/emails", mail, act, listener="admin").status == 403
    csrf = re.search(r'name="csrf_token" value="([^"]+)"',
                     busbar.request("GET", "/", listener="admin", headers={"Cookie": cookies}).text).group(1)
    assert busbar.request("POST", "/api/v1/emails", mail, {**act, "X-CSRF-Token": csrf}, listener="admin").status == 202
    assert busbar.request("POST", "/api/v1/emails", mail, {"Cookie": cookies, "Sec-Fetch-Site": "same-site",
                                                           "X-CSRF-Token": csrf}, listener="admin").status == 403
