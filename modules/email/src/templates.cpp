#include "templates.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <stdexcept>

namespace email {
namespace mustache = kainjow::mustache;
namespace {

mustache::data to_data(const template_values& values) {
    mustache::data data;
    for (const auto& [name, value] : values) {
        if (const auto* text = std::get_if<std::string>(&value))
            data.set(name, *text);
        else
            data.set(name, mustache::data{std::get<bool>(value)});
    }
    return data;
}

}  // namespace

std::string one_line(std::string text) {
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

struct template_set::parsed {
    explicit parsed(const core::embedded_file& file) : tree{std::string{file.content}} {
        if (!tree.is_valid()) throw std::invalid_argument{std::string{file.name} + ": " + tree.error_message()};
        if (!file.name.ends_with(".html")) tree.set_custom_escape([](const std::string& text) { return text; });
    }

    std::string render(const mustache::data& data) { return tree.render(data); }

    mustache::mustache tree;
};

template_set::template_set(std::span<const core::embedded_file> files) {
    for (const auto& file : files) files_.emplace(file.name, std::make_unique<parsed>(file));
    if (!files_.contains("layout.html")) throw std::invalid_argument{"the mail template layout.html is missing"};
    for (const auto& [name, unused] : files_) {
        if (!name.ends_with(".subject.txt")) continue;
        const auto mail = name.substr(0, name.size() - std::string_view{".subject.txt"}.size());
        for (const std::string_view part : {".reason.txt", ".txt", ".html"})
            if (!files_.contains(mail + std::string{part}))
                throw std::invalid_argument{"the mail template " + mail + std::string{part} + " is missing"};
    }
}

template_set::~template_set() = default;

rendered_mail template_set::render(std::string_view name, const template_values& values) {
    const auto file = [&](std::string_view part) -> parsed& {
        return *files_.at(std::string{name} + std::string{part});
    };
    const auto data = to_data(values);

    rendered_mail mail;
    mail.subject = one_line(file(".subject.txt").render(data));
    mail.text = file(".txt").render(data);
    mustache::data frame;
    frame.set("subject", mail.subject);
    frame.set("reason", one_line(file(".reason.txt").render(data)));
    frame.set("content", file(".html").render(data));
    mail.html = files_.find("layout.html")->second->render(frame);
    return mail;
}

}  // namespace email
