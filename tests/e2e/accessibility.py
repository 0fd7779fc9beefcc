"""What axe-core finds wrong with a page, as people who see, hear or move differently would."""

import pytest

from busbar import ROOT

# Each width and each scheme once: a walk takes most of a minute.
in_each_look = pytest.mark.parametrize("width, dark", [(320, False), (1280, True)], ids=["320-light", "1280-dark"])
AXE = ROOT / "build/npm/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(browser):
    """Each serious one in a line: the rule, what it wants, and where the page breaks it."""
    browser.execute_script(AXE.read_text())
    found = browser.execute_async_script(
        "const [rules, done] = arguments; axe.run({runOnly: rules}).then(result => done({"
        "passed: result.passes.length, violations: result.violations}), error => done({failure: String(error)}))", RULES)
    assert found.get("passed"), f"axe-core looked at nothing: {found}"
    return [f"{one['id']}: {one['help']}: {node['html']}" for one in found["violations"]
            if one["impact"] in ("serious", "critical") for node in one["nodes"]]


def assert_accessible(browser):
    found = findings(browser)
    assert not found, "\n".join([browser.current_url, *found])
