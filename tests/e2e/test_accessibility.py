"""Whether the tool that looks at our pages finds anything at all."""

from accessibility import findings


def test_a_page_with_faults_is_found_out(busbar, new_browser):
    browser = new_browser(1280, 800)
    browser.get(busbar.url + "/register")
    assert findings(browser) == []

    browser.execute_script("document.querySelector('label[for=email]').remove();"
                           "document.querySelector('h1').style.color = getComputedStyle(document.body).backgroundColor")

    assert {line.split(":")[0] for line in findings(browser)} >= {"label", "color-contrast"}
