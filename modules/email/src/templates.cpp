#include "templates.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <stdexcept>
#include <vector>

#include "css_inliner.hpp"
#include "mail_kinds.hpp"
#include "mustache_tags.hpp"
#include "template_check.hpp"

namespace email {
namespace mustache = kainjow::mustache;
namespace {

using names = std::vector<std::string_view>;

mustache::data to_data(const template_values& values) {
    mustache::data data;
    for (const auto& [name, value] : values) {
        const auto* text = std::get_if<std::string>(&value);
        if (text != nullptr && !text->empty())
            data.set(name, *text);
        else
            data.set(name, mustache::data{text == nullptr && std::get<bool>(value)});
    }
    return data;
}

// What a file may show. `mail`: of which it is a part; none for the layout.
names known_values(const mail_kind* mail, bool is_html) {
    names known{values_of_all.begin(), values_of_all.end()};
    if (mail != nullptr && mail->has_link) known.insert(known.end(), values_of_links.begin(), values_of_links.end());
    if (is_html) known.insert(known.end(), values_of_html.begin(), values_of_html.end());
    return known;
}

class set_check {
public:
    explicit set_check(const template_files& files) : files_{files} {}

    void run() {
        check(std::string{layout_file}, nullptr);
        for (const auto& mail : mail_kinds)
            for (const auto part : mail_parts) check(std::string{mail.name} += part, &mail);
        if (!problems_.empty()) throw std::invalid_argument{problems_};
    }

private:
    void check(const std::string& name, const mail_kind* mail) {
        const auto file = files_.find(name);
        if (file == files_.end()) return add(name + ": the file is missing");
        const bool is_html = name.ends_with(".html");
        const auto problems = check_template(name, file->second, known_values(mail, is_html));
        for (const auto& problem : problems) add(problem);
        const bool is_body = is_html || (!name.ends_with(".subject.txt") && !name.ends_with(".reason.txt"));
        if (problems.empty() && mail != nullptr && mail->has_link && is_body && !shows_link(file->second))
            add(name + ":1: {{link}} is missing: without it nobody can do what the mail is for");
    }

    static bool shows_link(std::string_view text) {
        const auto tags = read_tags(text).value_or(std::vector<mustache_tag>{});
        return std::ranges::any_of(
            tags, [](const mustache_tag& tag) { return tag.kind == tag_kind::value && tag.name == "link"; });
    }

    void add(const std::string& problem) { problems_.append(problems_.empty() ? "" : "\n").append(problem); }

    const template_files& files_;
    std::string problems_;
};

std::string html_of(const std::string& layout, const std::string& content) {
    const auto tags = read_tags(layout).value();
    const auto at = std::ranges::find(tags, tag_kind::unescaped, &mustache_tag::kind);
    auto page = layout;
    page.replace(at->position, at->text.size(), content);
    auto html = inline_css(with_sections_as_comments(page, read_tags(page).value()));
    if (!html) throw std::invalid_argument{std::string{layout_file} + ":1: " + html.error()};
    return std::move(*html);
}

mustache::mustache parsed(const std::string& name, const std::string& text) {
    mustache::mustache tree{text};
    if (!tree.is_valid()) throw std::invalid_argument{name + ":1: " + tree.error_message()};
    if (!name.ends_with(".html")) tree.set_custom_escape([](const std::string& value) { return value; });
    return tree;
}

}  // namespace

std::string one_line(std::string text) {
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

struct template_set::mail {
    mail(const template_files& files, const std::string& name)
        : subject{of(files, name + ".subject.txt")},
          reason{of(files, name + ".reason.txt")},
          text{of(files, name + ".txt")},
          html{parsed(name + ".html", html_of(files.find(layout_file)->second, files.at(name + ".html")))} {}

    static mustache::mustache of(const template_files& files, const std::string& name) {
        return parsed(name, files.at(name));
    }

    mustache::mustache subject;
    mustache::mustache reason;
    mustache::mustache text;
    mustache::mustache html;
};

template_set::template_set(const template_files& files) {
    set_check{files}.run();
    for (const auto& kind : mail_kinds)
        mails_.emplace(kind.name, std::make_unique<mail>(files, std::string{kind.name}));
}

template_set::template_set(template_set&&) noexcept = default;
template_set& template_set::operator=(template_set&&) noexcept = default;
template_set::~template_set() = default;

rendered_mail template_set::render(std::string_view name, const template_values& values) {
    auto& parts = *mails_.find(name)->second;
    auto data = to_data(values);

    rendered_mail mail;
    mail.subject = one_line(parts.subject.render(data));
    mail.text = parts.text.render(data);
    data.set("subject", mail.subject);
    data.set("reason", one_line(parts.reason.render(data)));
    mail.html = parts.html.render(data);
    return mail;
}

}  // namespace email
