#pragma once

#include <core/embedded_file.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace email {

// The files of modules/email/templates.
[[nodiscard]] std::span<const core::embedded_file> templates();

using template_files = std::map<std::string, std::string, std::less<>>;  // content by name

// Those files, where they are not replaced by files of the same names in `folder`; empty is none. All that is there has
// to be known: what is not would do nothing. Names that begin with a dot are passed over. Throws std::invalid_argument
// with a line for each problem.
[[nodiscard]] template_files read_templates(const std::string& folder);

struct rendered_mail {
    std::string subject;
    std::string text;
    std::string html;
};

// A text, or whether a section {{#name}}…{{/name}} is shown. For a section an empty text is false.
using template_values = std::map<std::string, std::variant<std::string, bool>, std::less<>>;

// Line ends and control characters as blanks: for subjects and names.
[[nodiscard]] std::string one_line(std::string text);

// Makes mails out of mustache templates: for each of mail_kinds NAME.subject.txt, NAME.reason.txt, NAME.txt and
// NAME.html, which layout.html encloses.
//
// Values are text, never templates: they are escaped in HTML, also within attributes, and put as they are into text. In
// a subject their line ends and control characters become blanks.
//
// The constructor checks all files (check_template()) and puts the style sheets into the elements (inline_css()), once
// and not for each mail. It throws std::invalid_argument with a line for each thing that is wrong or missing. One
// thread.
class template_set {
public:
    explicit template_set(const template_files& files);
    template_set(template_set&&) noexcept;
    template_set& operator=(template_set&&) noexcept;
    ~template_set();

    [[nodiscard]] rendered_mail render(std::string_view name, const template_values& values);

private:
    struct mail;
    std::map<std::string, std::unique_ptr<mail>, std::less<>> mails_;
};

// What is in force: read_templates() as a set. Throws core::fatal_error (configuration).
[[nodiscard]] template_set load_templates(const std::string& folder);

}  // namespace email
