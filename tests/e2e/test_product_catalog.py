"""What readers are shown of products: compared with what was written, and made anew while everything goes on."""

import json
import sqlite3
import threading

ALL = "/api/v1/products"


def product(busbar, *arguments):
    return busbar.command("product", *arguments, "--data", str(busbar.data))


def create(busbar, name):
    answer = busbar.admin("POST", ALL, {"name": name, "description": "blue", "price": "1"})
    assert answer.status == 201, answer
    return answer.json["id"]


def spoil(busbar, *statements):
    """The file, by other hands, while nothing runs."""
    busbar.stop()
    with sqlite3.connect(busbar.data / "product.db") as file:
        for statement in statements:
            file.execute(statement)
    file.close()
    busbar.start()


def test_verify_says_what_is_wrong_and_rebuild_puts_it_right(busbar):
    lost, dear, right = (create(busbar, name) for name in ("lost", "dear", "right"))
    assert product(busbar, "verify")[:2] == (0, "3 products, all shown as they are\n")

    spoil(busbar, "DELETE FROM catalog WHERE name = 'lost'", "UPDATE catalog SET price = '7', cents = 700 WHERE name = 'dear'",
          "DELETE FROM catalog_unindexed", "INSERT INTO catalog_words_a (catalog_words_a) VALUES ('delete-all')")
    assert busbar.get(f"{ALL}/{lost}").status == 404
    code, printed, _ = product(busbar, "verify")
    assert code == 1
    assert printed.splitlines() == [f"{lost} is not shown", f"{dear} is shown with another price",
                                    f"{dear} is not found by its words", f"{right} is not found by its words",
                                    "4 wrong of 3 products; busbar product rebuild puts them right"]
    code, printed, _ = product(busbar, "verify", "--json")
    assert code == 1 and [one["id"] for one in json.loads(printed)["wrong"]] == [lost, dear, dear, right]

    assert product(busbar, "rebuild")[:2] == (0, "3 products, 2 of them put right; the index was made anew\n")

    assert product(busbar, "verify")[0] == 0
    assert busbar.get(f"{ALL}/{lost}").json["name"] == "lost"
    assert busbar.get(f"{ALL}?search=blue").json["total_count"] == 3


def test_a_rebuild_holds_up_nobody_who_reads_or_writes(busbar):
    for i in range(300):
        create(busbar, f"cup {i}")
    spoil(busbar, "DELETE FROM catalog", "DELETE FROM catalog_unindexed")
    ended = threading.Event()
    wrong = []

    def trade():
        made = 0
        while not ended.is_set() or made < 20:
            name = f"lamp{made}"
            new = create(busbar, name)
            made += 1
            if busbar.get(f"{ALL}/{new}").status != 200 or busbar.get(f"{ALL}?search={name}").json["total_count"] != 1:
                wrong.append(name)
            if made % 2:
                busbar.admin("DELETE", f"{ALL}/{new}")

    trader = threading.Thread(target=trade)
    trader.start()
    code, printed, told = product(busbar, "rebuild")
    ended.set()
    trader.join()

    assert code == 0 and " 300 of them put right" in printed, (printed, told)
    assert wrong == []
    assert product(busbar, "verify")[0] == 0
    assert busbar.get(f"{ALL}?search=cup").json["total_count"] == 300


def test_an_operator_alone_may_look(shared):
    for method, path in (("POST", "/api/v1/catalog/check"), ("POST", "/api/v1/catalog/index"), ("GET", "/api/v1/catalog/index")):
        assert shared.request(method, path).status == 404  # not on the public listener
        assert shared.admin(method, path, {"after": "", "repair": False}, {"Authorization": "Bearer nonsense"}).status == 401
    assert shared.admin("POST", "/api/v1/catalog/check", {"after": ""}).status == 422


def test_without_a_server_it_says_how_to_start_one(new_busbar):
    code, _, told = new_busbar().command("product", "verify")
    assert code == 69 and "busbar serve" in told, told
