#pragma once

#include <core/error.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <web/request.hpp>
#include <web/response.hpp>

#include "pages.hpp"
#include "secrets.hpp"

// What all pages with forms have in common: the fields, what is wrong with them, and messages in place of a form.
namespace web {

// A text field under the name that the module uses for it.
struct form_field {
    std::string_view name;
    std::string_view label;
    std::string_view type;          // text, email, password, or long_text
    std::string_view autocomplete;  // a token of HTML's autofill
    int longest = 0;                // characters; 0: as many as one likes
    std::string_view hint{};
    bool is_optional = false;
    std::string_view inputmode{};  // the keyboard of a phone
};

inline constexpr std::string_view long_text = "textarea";  // with line breaks

// Below each field for a new password.
inline constexpr std::string_view password_advice =
    "At least 8 characters. 15 or more are better: four unrelated words make a strong one.";

struct form_view {
    std::string_view action;
    std::string_view button;
    std::vector<form_field> fields{};
    std::vector<std::pair<std::string_view, std::string>> hidden{};
    std::string username{};     // whose password it is, for password managers
    bool is_dangerous = false;  // its button is in the colour of warnings
};

// What was wrong with it; the way out where the sentence names one.
struct form_trouble {
    core::error error{};
    std::string_view href{};
    std::string_view link{};
};

// Modules say "must be …"; at a field it stands alone.
[[nodiscard]] std::string as_sentence(std::string text);

// `typed`: what the fields show, but for passwords. `trouble` may be null.
[[nodiscard]] std::string render_form(const pages& pages, const form_view& form, const form_guard::ticket& ticket,
                                      const parameters& typed, const form_trouble* trouble);

// A page with one form.
struct form_page {
    std::string_view title;
    std::string_view heading;
    std::string_view sub{};
    std::string_view notice{};
    std::vector<std::pair<std::string_view, std::string_view>> links{};  // address and text, below the form
    std::string_view place{};                                            // as in pages::frame
    std::string_view script{};         // besides that of password fields: the name of an asset
    std::string_view kind = "narrow";  // as in pages::frame
};
[[nodiscard]] response show_form_page(const pages& pages, const form_guard& forms, const request& request,
                                      const form_page& page, const form_view& form, const parameters& typed,
                                      const form_trouble* trouble = nullptr);

// A page with the status, Retry-After and the rest of an error; without one it is 200.
[[nodiscard]] response as_page(const core::error* trouble, std::string body);

// Trouble that is over in a moment, or mended in the form itself: the person keeps the form and what is in it.
[[nodiscard]] bool keeps_form(core::error_kind kind);

// A page without a form, but perhaps with one button.
struct message_page {
    std::string_view title;
    std::string_view heading;
    std::vector<std::string_view> paragraphs;
    std::string_view icon;  // mail, clock
    std::string_view href{};
    std::string_view link{};
    std::string_view note{};
    std::string form{};  // HTML of render_form
};
[[nodiscard]] std::string render_message(const pages& pages, const message_page& page);

inline constexpr std::string_view password_script = "password.js";
inline constexpr std::string_view private_page = "no-referrer";  // the policy of one whose address holds a token

}  // namespace web
