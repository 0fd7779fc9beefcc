#include "admin_api.hpp"
#include "http_client.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string letters_path = "/api/v1/dead-letters";

std::string path_of(const std::string& id) { return letters_path + "/" + percent_encoded(id); }

json all_letters(const admin_api& api, const operation_options& options) {
    auto all = json::array();
    for (int page = 1;; ++page) {
        auto found = value_of(api.get(letters_path, {{"module", options.module},
                                                     {"handler", options.handler},
                                                     {"size", "100"},
                                                     {"page", std::to_string(page)}}));
        for (auto& letter : found["items"]) all.push_back(std::move(letter));
        if (!found["has_more"].get<bool>()) return all;
    }
}

std::string handler_of(const json& letter) { return text_of(letter, "module") + "." + text_of(letter, "handler"); }

std::string last_error(const json& letter) {
    const auto errors = letter.find("errors");
    return errors == letter.end() || errors->empty() ? std::string{} : text_of(errors->back(), "text");
}

std::string indented(const json& data) { return printable_lines(data.dump(2), "  "); }

std::string described(const json& letter) {
    text_table facts{{"id", text_of(letter, "id")}};
    facts.add({"handler", handler_of(letter)});
    for (const auto& [title, field] : {std::pair{"event", "type"},
                                       {"version", "version"},
                                       {"source", "source"},
                                       {"event id", "event_id"},
                                       {"key", "key"},
                                       {"time", "time"},
                                       {"trace", "trace_id"},
                                       {"attempts", "attempts"},
                                       {"first failed", "first_failed_at"},
                                       {"last failed", "last_failed_at"}})
        facts.add({title, text_of(letter, field)});
    std::string text = facts.text() + "\nerrors\n";
    for (const auto& error : letter.value("errors", json::array()))
        text += "  " +
                printable(text_of(error, "time") + "  " + text_of(error, "type") + ": " + text_of(error, "text")) +
                "\n";
    text += "\ndata\n" + indented(letter.value("data", json{}));
    if (letter.contains("original_data") && !letter["original_data"].is_null())
        text += "\nbefore it was edited\n" + indented(letter["original_data"]);
    return text;
}

}  // namespace

exit_code list_dead_letters(const command& command, const config::loaded& configuration) {
    const auto letters = all_letters(admin_api{configuration.values}, command.operation);
    if (command.as_json) {
        print_json(letters);
        return exit_code::done;
    }
    text_table table{{"ID", "HANDLER", "EVENT", "ATTEMPTS", "LAST FAILED", "ERROR"}};
    for (const auto& letter : letters)
        table.add({text_of(letter, "id"), handler_of(letter), text_of(letter, "type"), text_of(letter, "attempts"),
                   text_of(letter, "last_failed_at"), last_error(letter)});
    print(letters.empty() ? "no dead letters\n" : table.text());
    return exit_code::done;
}

exit_code show_dead_letter(const command& command, const config::loaded& configuration) {
    const auto letter = value_of(admin_api{configuration.values}.get(path_of(command.operation.ids.front())));
    if (command.as_json)
        print_json(letter);
    else
        print(described(letter));
    return exit_code::done;
}

exit_code retry_dead_letters(const command& command, const config::loaded& configuration) {
    const auto& options = command.operation;
    const admin_api api{configuration.values};
    json retried;
    if (!options.payload.empty())
        retried = value_of(
            api.post(path_of(options.ids.front()) + "/retry", json{{"data", read_json(options.payload, "--payload")}}));
    else if (options.all)
        retried = value_of(api.post(letters_path + "/retry", json{{"all", true}}));
    else
        retried = value_of(api.post(letters_path + "/retry", json{{"ids", options.ids}}));
    if (command.as_json)
        print_json(retried);
    else
        print(text_of(retried, "retried") + " retried\n");
    return exit_code::done;
}

exit_code drop_dead_letter(const command& command, const config::loaded& configuration) {
    const auto& id = command.operation.ids.front();
    static_cast<void>(value_of(admin_api{configuration.values}.remove(path_of(id))));
    if (command.as_json)
        print_json(json{{"dropped", id}});
    else
        print(printable(id) + " dropped\n");
    return exit_code::done;
}

}  // namespace app
