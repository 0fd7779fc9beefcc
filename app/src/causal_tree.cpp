#include "causal_tree.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t deepest = 50;  // what is deeper is listed without its place in the tree

class printer {
public:
    explicit printer(const json& trace) : events_{trace.at("events")}, mails_{trace.at("mails")} {}

    std::string text() {
        std::set<std::string> known;
        for (const auto& event : events_) known.insert(text_of(event, "id"));
        for (const auto& event : events_)
            if (!known.contains(text_of(event, "cause")) && !tells_of_a_mail(event)) print_event(event, 0);
        for (const auto& event : events_) print_event(event, 0);
        return std::move(text_);
    }

private:
    void line(std::size_t depth, const std::string& content) {
        text_ += std::string(2 * depth, ' ') + printable(content) + "\n";
    }

    [[nodiscard]] const json* mail_of(const json& event) const {
        const auto found = std::ranges::find_if(
            mails_, [id = text_of(event, "key")](const json& mail) { return text_of(mail, "id") == id; });
        return found == mails_.end() ? nullptr : &*found;
    }
    // Published long after its mail was ordered, and not by a handler: it stands below the mail.
    [[nodiscard]] bool tells_of_a_mail(const json& event) const {
        return text_of(event, "type") != "email.email_queued" && mail_of(event) != nullptr;
    }

    void print_event(const json& event, std::size_t depth) {
        const auto id = text_of(event, "id");
        if (depth > deepest || !printed_.insert(id).second) return;
        line(depth, text_of(event, "time") + "  " + text_of(event, "type") + "  " + text_of(event, "key") + "  (" +
                        text_of(event, "source") + " " + text_of(event, "sequence") + ")");
        for (const auto& handler : event.at("handlers")) {
            print_handler(handler, depth + 1);
            for (const auto& caused : events_)
                if (text_of(caused, "cause") == id && text_of(caused, "source") == text_of(handler, "module"))
                    print_event(caused, depth + 2);
        }
        for (const auto& caused : events_)
            if (text_of(caused, "cause") == id) print_event(caused, depth + 1);
        if (text_of(event, "type") == "email.email_queued")
            if (const auto* mail = mail_of(event)) print_mail(*mail, depth + 1);
    }

    void print_handler(const json& handler, std::size_t depth) {
        auto text = text_of(handler, "module") + "." + text_of(handler, "handler") + ": " + text_of(handler, "state");
        if (const auto attempts = text_of(handler, "attempts"); attempts != "0")
            text += " after " + attempts + (attempts == "1" ? " attempt" : " attempts");
        if (const auto next = text_of(handler, "next_attempt_at"); !next.empty()) text += ", next " + next;
        line(depth, text);
        for (const auto& error : handler.at("errors"))
            line(depth + 1, text_of(error, "time") + "  " + text_of(error, "type") + ": " + text_of(error, "text"));
    }

    void print_mail(const json& mail, std::size_t depth) {
        auto text = "mail " + text_of(mail, "id") + " to " + joined(mail.at("to")) + ": " + text_of(mail, "status");
        const auto attempts = text_of(mail, "attempts");
        if (attempts != "0") text += ", " + attempts + (attempts == "1" ? " attempt" : " attempts");
        if (const auto sent = text_of(mail, "sent_at"); !sent.empty()) text += ", sent " + sent;
        if (const auto next = text_of(mail, "next_attempt_at"); !next.empty()) text += ", next " + next;
        line(depth, text);
        for (const auto& one : mail.at("last_attempts"))
            line(depth + 1, text_of(one, "began_at") + "  attempt " + text_of(one, "attempt") + " at " +
                                text_of(one, "server") + ", " + text_of(one, "took_ms") + " ms");
        if (const auto error = text_of(mail, "last_error"); !error.empty()) line(depth + 1, "said last: " + error);
        for (const auto& event : events_)
            if (tells_of_a_mail(event) && text_of(event, "key") == text_of(mail, "id")) print_event(event, depth + 1);
    }

    const json& events_;
    const json& mails_;
    std::set<std::string> printed_;
    std::string text_;
};

}  // namespace

std::string causal_tree(const json& trace) {
    std::string text = printer{trace}.text();
    if (text.empty()) text = "no event of this trace is in the logs\n";
    for (const auto& module : trace.at("away"))
        text += printable(module.get<std::string>()) + " does not run at present; what it knows is missing here\n";
    if (!trace.at("is_complete").get<bool>()) text += "there is more than could be read\n";
    return text;
}

}  // namespace app
