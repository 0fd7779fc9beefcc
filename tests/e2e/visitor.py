"""Somebody with a browser that keeps cookies, without the browser."""

import re
import urllib.parse

from busbar import PASSWORD

SESSION = "__Host-busbar_session"
FORM = "application/x-www-form-urlencoded"


def hidden(page, name):
    """What the page's first form sends besides what people type."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, page
    return found.group(1)


class Visitor:
    def __init__(self, busbar):
        self.busbar = busbar
        self.cookies = {}

    def request(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        answer = self.busbar.request(method, path, body, headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path, headers=None):
        return self.request("GET", path, headers={"Accept": "text/html", **(headers or {})})

    def token_of_form(self, path):
        """The one that the page's first form carries."""
        return hidden(self.get(path), "csrf_token")

    def post(self, path, fields, headers=None):
        """Without a token of its own; see send()."""
        return self.request("POST", path, urllib.parse.urlencode(fields),
                            {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin", "Accept": "text/html", **(headers or {})})

    def send(self, path, page=None, **fields):
        """Opens the page with the form and sends it."""
        return self.post(path, {**fields, "csrf_token": self.token_of_form(page or path)})

    def sign_in(self, address, password=PASSWORD):
        return self.send("/login", email=address, password=password)


def confirmed_account(busbar, address, password=PASSWORD):
    assert busbar.register(address, password=password).status == 202
    answer = busbar.post("/api/v1/confirmations", {"token": busbar.token_for(address)})
    assert answer.status == 204, answer


def signed_in(busbar, address, password=PASSWORD):
    visitor = Visitor(busbar)
    answer = visitor.sign_in(address, password)
    assert answer.status == 303, answer
    return visitor


def begin_session(busbar, address, password=PASSWORD, headers=None):
    return busbar.request("POST", "/api/v1/sessions", {"email": address, "password": password}, headers)
