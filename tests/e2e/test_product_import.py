"""Products as JSON lines: out of a server and into another, every line once or none, whatever happens in between."""

import http.client
import json
import os
import pty
import signal
import subprocess

import pytest

from busbar import BINARY, eventually

ALL = "/api/v1/products"
IMPORT = "/api/v1/product-imports"


def lines_of(products):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in products)


def made(count, **more):
    return [{"name": f"Product {number:06}", "description": f"Grün, № {number}", "price": f"{number}.50", **more}
            for number in range(count)]


def product(busbar, *arguments, **more):
    return busbar.command("product", *arguments, "--data", str(busbar.data), **more)


def begin(busbar, *arguments, **more):
    return subprocess.Popen([str(BINARY), "product", *arguments, "--data", str(busbar.data)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=busbar.variables(), **more)


def exported(busbar):
    code, out, err = product(busbar, "export")
    assert (code, err) == (0, ""), err
    return [json.loads(line) for line in out.splitlines()]


def count(busbar):
    try:
        return busbar.get(f"{ALL}?size=1").json["total_count"]
    except (OSError, http.client.HTTPException):
        return None  # it is being started


def without(products, *fields):
    return [{name: value for name, value in one.items() if name not in fields} for one in products]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "products.jsonl"


def test_what_one_server_exports_another_imports(new_busbar, file):
    one, other = new_busbar().start(), new_busbar().start()
    source = file.with_name("source.jsonl")
    source.write_text(lines_of(made(1234)))
    code, out, err = product(one, "import", str(source))
    assert (code, out, err) == (0, "1234 products: 1234 new, 0 changed, 0 as they were\n", "")
    assert count(one) == 1234

    code, out, err = product(one, "export", str(file))
    assert (code, out, err) == (0, f"1234 products are in {file}\n", "")
    assert sorted(path.name for path in file.parent.iterdir() if path.is_file()) == ["products.jsonl", "source.jsonl"]
    code, out, err = product(other, "import", str(file), "--json")
    assert code == 0, err
    assert json.loads(out) == {"products": 1234, "created": 1234, "updated": 0, "unchanged": 0, "done_before": 0,
                               "check": False}

    assert count(other) == 1234
    assert without(exported(other), "version", "created_at", "updated_at") == without(
        exported(one), "version", "created_at", "updated_at")
    shown = [[item["id"] for item in server.get(f"{ALL}?size=100&page=3").json["items"]] for server in (one, other)]
    assert shown[0] == shown[1]
    code, out, _ = product(one, "import", str(file))
    assert (code, out) == (0, "1234 products: 0 new, 0 changed, 1234 as they were\n")


def test_lines_with_an_id_change_what_is_there(busbar, file):
    assert busbar.admin("POST", ALL, made(1)[0]).status == 201
    known = exported(busbar)[0]
    file.write_text(lines_of([{**known, "name": "Other"}, made(1)[0]]))

    assert product(busbar, "import", str(file), "--check")[1] == "would import 2 products: 1 new, 1 changed, 0 as they were\n"
    assert count(busbar) == 1
    assert product(busbar, "import", str(file))[1] == "2 products: 1 new, 1 changed, 0 as they were\n"

    assert busbar.get(f"{ALL}/{known['id']}").json["name"] == "Other"
    assert busbar.get(f"{ALL}/{known['id']}").json["version"] == 2


def test_every_bad_line_is_named_and_nothing_is_imported(busbar, file):
    good = lines_of(made(600)).encode()
    known = json.dumps({**made(1)[0], "id": "01890a5d-ac96-774b-bcce-b302099a8057"}).encode()
    file.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n" + b"\xff\n" + b"{\n" + known + b"\r\n" +
                     lines_of([{"name": "", "description": "", "price": "1.234", "prize": 1}]).encode() +
                     lines_of([{"name": " ", "description": "", "price": "1.234"}]).encode() +
                     b"x" * 300_000 + b"\n" + good + known)

    code, out, err = product(busbar, "import", str(file))

    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "line 602: is not UTF-8",
        "line 603: is not JSON",
        "line 605: prize is not a known field",
        "line 606: name is required",
        'line 606: price must be a decimal of at most 12 digits before the point and 2 behind it, such as "19.90"',
        "line 607: is longer than 256 KiB",
        "line 1208: id is that of line 604 too",
        f"nothing was imported of {file}",
    ]
    assert count(busbar) == 0


def test_a_thousand_bad_lines_are_told_and_the_rest_counted(busbar, file):
    file.write_text("{\n" * 2500)

    code, _, err = product(busbar, "import", str(file))

    assert code == 1
    assert err.splitlines()[999:] == ["line 1000: is not JSON", "and 1500 more", f"nothing was imported of {file}"]


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n"])
def test_a_file_without_lines_says_so(busbar, file, content):
    file.write_bytes(content)
    assert product(busbar, "import", str(file))[:2] == (0, "no products: there is no line in it that is not blank\n")


def test_what_cannot_be_read_says_why(busbar, file):
    for place, reason in ((file, "No such file or directory"), (file.parent, "Is a directory")):
        code, out, err = product(busbar, "import", str(place))
        assert (code, out) == (64, "") and f"{place}: {reason}" in err, err
    code, _, err = product(busbar, "export", str(file.parent))
    assert code == 74 and "is a folder" in err


def test_without_a_server_it_is_said_at_once(new_busbar, file):
    file.write_text(lines_of(made(1)))
    code, _, err = product(new_busbar(), "import", str(file))
    assert code == 69 and "no server runs" in err


def test_standard_input_is_taken_and_the_same_lines_are_taken_once(busbar):
    for told in ("1500 products: 1500 new, 0 changed, 0 as they were\n",
                 "1500 products: 1500 new, 0 changed, 0 as they were; 1500 of them by an earlier run\n"):
        client = begin(busbar, "import", "-", stdin=subprocess.PIPE)
        assert client.communicate(lines_of(made(1500)), timeout=20) == (told, "")
    assert count(busbar) == 1500


def test_a_client_that_is_killed_in_the_middle_goes_on_where_it_was(busbar, file):
    products = made(20_000)
    file.write_text(lines_of(products))
    client = begin(busbar, "import", str(file), stdin=subprocess.DEVNULL)
    eventually(lambda: count(busbar))
    client.send_signal(signal.SIGKILL)
    client.communicate(timeout=20)

    code, out, err = product(busbar, "import", str(file), limit=60)

    assert code == 0, err
    assert out.startswith("20000 products: 20000 new, 0 changed, 0 as they were"), out
    assert sorted(one["name"] for one in exported(busbar)) == [one["name"] for one in products]
    assert count(busbar) == len(products)


def test_a_server_that_is_killed_in_the_middle_and_started_again_gets_every_line_once(busbar, file):
    products = made(20_000)
    file.write_text(lines_of(products))
    client = begin(busbar, "import", str(file), stdin=subprocess.DEVNULL)
    eventually(lambda: count(busbar))
    busbar.kill()
    busbar.start()

    out, err = client.communicate(timeout=90)

    assert (client.returncode, err) == (0, "")
    assert out.startswith("20000 products: 20000 new, 0 changed, 0 as they were"), out
    assert sorted(one["name"] for one in exported(busbar)) == [one["name"] for one in products]
    eventually(lambda: count(busbar), lambda found: found == len(products), limit=30)


def test_how_far_it_is_is_told_to_a_terminal_alone(busbar, file):
    file.write_text(lines_of(made(3000)))
    terminal, other_end = pty.openpty()
    done = subprocess.run([str(BINARY), "product", "import", str(file), "--data", str(busbar.data)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=other_end, env=busbar.variables(),
                          timeout=20)
    os.close(other_end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)

    assert done.stdout == "3000 products: 3000 new, 0 changed, 0 as they were\n"
    assert "checked 500 lines, " in shown and " %, " in shown and " lines/s" in shown, shown
    assert shown.endswith("\r"), shown


def test_a_request_is_all_or_nothing_and_once_for_a_key(busbar):
    fields = {"Content-Type": "application/jsonl", "Idempotency-Key": "mine"}
    bad = busbar.admin("POST", IMPORT, lines_of(made(3)) + lines_of(made(1, price="x")), fields)
    assert bad.status == 422 and [one["field"] for one in bad.json["errors"]] == ["line 4: price"], bad
    assert count(busbar) == 0

    first = busbar.admin("POST", IMPORT, lines_of(made(3)), fields)
    again = busbar.admin("POST", IMPORT, lines_of(made(3)), fields)

    assert first.status == again.status == 200
    assert first.json == {"created": 3, "updated": 0, "unchanged": 0, "was_done_before": False}
    assert again.json == {**first.json, "was_done_before": True}
    assert count(busbar) == 3


def test_an_export_by_pages_says_where_the_next_one_is(busbar):
    busbar.admin("POST", IMPORT, lines_of(made(5)), {"Content-Type": "application/jsonl"})
    path, found = f"{ALL}/export?size=2", []
    while path:
        page = busbar.admin("GET", path)
        assert page.status == 200 and page.headers["Content-Type"] == "application/jsonl", page
        found.append([json.loads(line)["name"] for line in page.text.splitlines()])
        link = page.headers["Link"]
        path = link and link.removeprefix("<").removesuffix('>; rel="next"')

    assert [len(page) for page in found] == [2, 2, 1]
    assert sum(found, []) == [one["name"] for one in made(5)]
    code, out, err = product(busbar, "export", "-")
    assert (code, len(out.splitlines()), err) == (0, 5, "")
