#include <algorithm>
#include <chrono>
#include <thread>

#include "admin_api.hpp"
#include "http_client.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string mails_path = "/api/v1/emails";
constexpr std::int64_t usual_limit = 50;
constexpr std::int64_t largest_page = 100;
constexpr std::chrono::milliseconds between_looks{200};

std::string path_of(const std::string& id) { return mails_path + "/" + percent_encoded(id); }

// Newest first, and no more than are wanted.
json found_mails(const admin_api& api, const operation_options& options) {
    const auto limit = options.limit.value_or(usual_limit);
    auto all = json::array();
    for (int page = 1; std::ssize(all) < limit; ++page) {
        auto found = value_of(api.get(mails_path, {{"receiver", options.receiver},
                                                   {"status", options.state},
                                                   {"search", options.search},
                                                   {"size", std::to_string(std::min(limit, largest_page))},
                                                   {"page", std::to_string(page)}}));
        for (auto& mail : found["items"])
            if (std::ssize(all) < limit) all.push_back(std::move(mail));
        if (!found["has_more"].get<bool>()) break;
    }
    return all;
}

std::string at(const std::string& server) { return server.empty() ? std::string{} : " at " + printable(server); }

// With whom it was spoken about the mail, the last of it last.
std::string conversations(const json& mail) {
    std::string text;
    for (const auto& one : mail.value("transcripts", json::array()))
        text += "\n\nattempt " + text_of(one, "attempt") + at(text_of(one, "server")) + ", " +
                text_of(one, "began_at") + ", " + text_of(one, "took_ms") + " ms\n" +
                printable_lines(text_of(one, "text"));
    return text;
}

std::string described(const json& mail) {
    text_table facts{{"id", text_of(mail, "id")}};
    for (const auto& [title, field] : {std::pair{"from", "from"},
                                       {"subject", "subject"},
                                       {"reply to", "reply_to"},
                                       {"unsubscribe", "list_unsubscribe"},
                                       {"status", "status"},
                                       {"attempts", "attempts"},
                                       {"error", "last_error"},
                                       {"made", "created_at"},
                                       {"next attempt", "next_attempt_at"},
                                       {"sent", "sent_at"}})
        facts.add({title, text_of(mail, field)});
    text_table recipients{{"RECIPIENT", "AS", "STATUS", "REPLY"}};
    for (const auto& one : mail["recipients"])
        recipients.add({text_of(one, "address"), text_of(one, "kind"), text_of(one, "status"), text_of(one, "reply")});
    auto text = facts.text() + "\n" + recipients.text();
    for (const auto& file : mail["attachments"])
        text += "\nattached " + printable(text_of(file, "name") + " (" + text_of(file, "type") + ", ") +
                text_of(file, "size") + " bytes)";
    if (!mail["attachments"].empty()) text += "\n";
    const auto* const body = mail["text"].is_null() ? "html" : "text";
    return text + "\n" + printable_lines(text_of(mail, body)) + conversations(mail);
}

// Until it is known what became of it, or for as long as that is worth waiting for.
json wait_for_outcome(const admin_api& api, const std::string& id, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (true) {
        auto mail = value_of(api.get(path_of(id)));
        const auto status = text_of(mail, "status");
        const bool is_known = status != "queued" && status != "sending";
        if (is_known || !mail["last_error"].is_null() || std::chrono::steady_clock::now() > end) return mail;
        std::this_thread::sleep_for(between_looks);
    }
}

exit_code post_for_each(const command& command, const config::loaded& configuration, const std::string& action) {
    const admin_api api{configuration.values};
    for (const auto& id : command.operation.ids) std::ignore = value_of(api.post(path_of(id) + action, std::nullopt));
    return exit_code::done;
}

}  // namespace

exit_code list_mails(const command& command, const config::loaded& configuration) {
    const auto mails = found_mails(admin_api{configuration.values}, command.operation);
    if (command.as_json) {
        print_json(mails);
        return exit_code::done;
    }
    text_table table{{"ID", "MADE", "STATUS", "TO", "SUBJECT", "ERROR"}};
    for (const auto& mail : mails)
        table.add({text_of(mail, "id"), text_of(mail, "created_at"), text_of(mail, "status"), joined(mail["to"]),
                   text_of(mail, "subject"), text_of(mail, "last_error")});
    print(table.text());
    return exit_code::done;
}

exit_code show_mail(const command& command, const config::loaded& configuration) {
    const auto mail = value_of(admin_api{configuration.values}.get(path_of(command.operation.ids.front())));
    if (command.as_json)
        print_json(mail);
    else
        print(described(mail));
    return exit_code::done;
}

exit_code retry_mails(const command& command, const config::loaded& configuration) {
    return post_for_each(command, configuration, "/retry");
}

exit_code release_mails(const command& command, const config::loaded& configuration) {
    return post_for_each(command, configuration, "/release");
}

exit_code send_test_mail(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto queued = value_of(api.post(
        mails_path, json{{"to", {command.operation.receiver}},
                         {"subject", "A test of Busbar"},
                         {"text", "Somebody has asked Busbar for this mail, to see whether mails go out.\n"}}));
    const auto mail = wait_for_outcome(api, text_of(queued, "id"), command.timeout);
    const auto status = text_of(mail, "status");
    if (command.as_json)
        print_json(mail);
    else
        print(printable(status + (mail["last_error"].is_null() ? "" : ": " + text_of(mail, "last_error"))) + "\n");
    return status == "sent" || status == "captured" ? exit_code::done : exit_code::no;
}

}  // namespace app
