import os
import pathlib
import signal
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from busbar import BINARY, Busbar  # noqa: E402
from rabbitmq import rabbitmq as broker  # noqa: E402
from scripted_smtp import ScriptedServer  # noqa: E402
from smtp import Server  # noqa: E402


def pytest_configure():
    """SIGTERM ends the tests as Ctrl-C does: what they have started and written goes with them."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("SIGTERM", returncode=128 + signal.SIGTERM))


def pytest_collection_modifyitems(items):
    assert BINARY.exists(), f"{BINARY} is missing; ./dev build makes it"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for server in getattr(item, "servers", []):
            report.sections.append((f"output of busbar in {server.folder}", server.output()[-6000:]))


@pytest.fixture
def new_busbar(tmp_path, request):
    """Makes servers that end with the test; their output is shown when it fails."""
    servers = request.node.servers = []

    def make(*arguments, folder=None, **more):
        place = folder or tmp_path / f"busbar-{len(servers)}"
        place.mkdir(parents=True, exist_ok=True)
        servers.append(Busbar(place, arguments, **more))
        return servers[-1]

    yield make
    for server in servers:
        if server.process is not None:
            server.end()


@pytest.fixture
def new_server():
    """Makes scripted SMTP servers that end with the test."""
    servers = []

    def make(**script):
        servers.append(ScriptedServer(**script))
        return servers[-1]

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def busbar(new_busbar):
    return new_busbar().start()


@pytest.fixture(scope="module")
def shared(tmp_path_factory, request):
    """One server for the tests of a file that leave no trace for each other."""
    server = Busbar(tmp_path_factory.mktemp("shared")).start()
    yield server
    server.end()


@pytest.fixture
def new_smtp_server():
    servers = []

    def make(**options):
        servers.append(Server(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def smtp_server(new_smtp_server):
    return new_smtp_server()


@pytest.fixture(scope="session")
def rabbitmq():
    """One broker for all tests that leave it running; apart they are by their virtual hosts."""
    with broker() as one:
        yield one


@pytest.fixture
def virtual_host(rabbitmq):
    """The name of an empty one in the shared broker."""
    with rabbitmq.virtual_host() as name:
        yield name


@pytest.fixture
def own_rabbitmq():
    """For a test that stops it, kills it or takes its memory away."""
    with broker() as one:
        yield one


@pytest.fixture
def screenshots(tmp_path):
    folder = pathlib.Path(os.environ.get("E2E_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def new_browser(tmp_path):
    """Debian's Chromium without a window: new_browser(width, height)."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    browsers = []

    def make(width, height, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                     "--disable-dev-shm-usage", f"--user-data-dir={tmp_path}/chromium-{len(browsers)}"):
            options.add_argument(flag)
        browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        browsers.append(browser)
        browser.set_page_load_timeout(20)
        # A window cannot be narrower than 500 pixels; a phone's screen is emulated.
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        return browser

    yield make
    for browser in browsers:
        browser.quit()
