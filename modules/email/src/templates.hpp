#pragma once

#include <core/embedded_file.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace email {

// The files of modules/email/templates.
[[nodiscard]] std::span<const core::embedded_file> templates();

struct rendered_mail {
    std::string subject;
    std::string text;
    std::string html;
};

// A text, or whether a section {{#name}}…{{/name}} is shown.
using template_values = std::map<std::string, std::variant<std::string, bool>, std::less<>>;

// Line ends and control characters as blanks: for subjects and names.
[[nodiscard]] std::string one_line(std::string text);

// Makes mails out of mustache templates. A mail NAME has four files: NAME.subject.txt, NAME.reason.txt, NAME.txt and
// NAME.html, which layout.html encloses.
//
// Values are text, never templates: they are escaped in HTML, also within quoted attributes, and put as they are into
// text. In a subject their line ends and control characters become blanks.
//
// The constructor parses all files and throws std::invalid_argument when one is wrong or missing. One thread.
class template_set {
public:
    explicit template_set(std::span<const core::embedded_file> files);
    template_set(const template_set&) = delete;
    template_set& operator=(const template_set&) = delete;
    ~template_set();

    [[nodiscard]] rendered_mail render(std::string_view name, const template_values& values);

private:
    struct parsed;
    std::map<std::string, std::unique_ptr<parsed>, std::less<>> files_;
};

}  // namespace email
