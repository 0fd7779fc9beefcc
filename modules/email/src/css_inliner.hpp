#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "html_tree.hpp"

namespace email {

// The page with what its <style> says put into the style attributes of its elements, since many readers of mail know no
// style sheets. What cannot be said there (see style_sheet) stays in one <style>, and only then the classes stay too.
//
// Elements with <style media=…> and comments stay as they are. In a style attribute nothing is important any more: what
// was important comes last, and a rule for media may still go over it with !important. An error is a sentence for
// whoever wrote the page.
[[nodiscard]] std::expected<std::string, std::string> inline_css(std::string_view page);

// The same HTML written anew, with all attributes in quotation marks.
[[nodiscard]] std::string write_html(const html_tree& tree);

}  // namespace email
