#include <sodium.h>

#include <optional>
#include <web/request.hpp>

#include "cookies.hpp"
#include "fuzz.hpp"
#include "origin.hpp"
#include "secrets.hpp"
#include "text.hpp"

// Cookies, form tokens and where a request comes from. The bytes are lines: the fields of a request, then an empty
// line, then a form.
namespace {

using fuzz::claim;

constexpr std::string_view own_origin = "https://busbar.example.org";

web::request read(std::string_view bytes) {
    fuzz::choices lines{bytes};
    web::request request;
    request.method = "POST";
    request.host = "busbar.example.org";
    request.is_encrypted = true;
    while (!lines.is_empty()) {
        const auto line = lines.line();
        if (line.empty()) break;
        const auto colon = line.find(':');
        if (colon == line.npos || request.fields.size() == 32) continue;
        request.fields.push_back({line.substr(0, colon), web::trim(line.substr(colon + 1))});
    }
    request.body = lines.rest();
    return request;
}

void check_cookie(const web::request& request, std::string_view name) {
    const auto value = request.cookie(name);
    if (!value) return;
    claim(!value->contains(';'), "a cookie ends where the next one begins");
    // It stands in a field Cookie, behind its whole name.
    bool stands_there = false;
    for (const auto& field : request.fields) {
        if (!web::equals_ignoring_case(field.name, "cookie")) continue;
        const auto* const begin = field.value.data();
        if (value->data() <= begin || value->data() > begin + field.value.size()) continue;
        const auto before = field.value.substr(0, static_cast<std::size_t>(value->data() - begin));
        const auto pair = before.substr(before.rfind(';') == before.npos ? 0 : before.rfind(';') + 1);
        stands_there = web::trim(pair) == std::string{name} + "=";
    }
    claim(stands_there, "a cookie stands behind its name");
}

// Nobody knows the key of this process, so no bytes can hold a good token.
void check_guard(const web::process_key& key, const web::request& request) {
    const web::form_guard forms{key, std::string{own_origin}, web::session_cookie};
    claim(forms.trouble_with(request).has_value(), "a token cannot be guessed");
    const auto ticket = forms.issue(request);
    claim(ticket.cookie.size() == 43 && ticket.token.size() == 43, "a ticket is 32 bytes in base64url");

    const auto session = std::string{request.cookie(web::session_cookie).value_or("")};
    const auto cookies =
        std::string{web::form_cookie} + "=" + ticket.cookie + "; " + std::string{web::session_cookie} + "=" + session;
    web::request answered;
    answered.method = "POST";
    answered.is_encrypted = true;
    answered.fields = {{"Cookie", cookies}, {web::form_guard::header_name, ticket.token}};
    claim(!forms.trouble_with(answered), "the token that was given is taken");
    const auto other_session = cookies + "x";
    answered.fields[0].value = other_session;
    claim(forms.trouble_with(answered).has_value(), "and belongs to one session");
    const web::process_key other;
    claim(web::form_guard{other, {}, web::session_cookie}.trouble_with(answered).has_value(), "and to one process");
}

void check_origin(const web::request& request) {
    if (!web::comes_from_own_page(request, own_origin)) return;
    const auto site = request.header("sec-fetch-site");
    claim(!web::equals_ignoring_case(site, "cross-site") && !web::equals_ignoring_case(site, "same-site"),
          "another site's page is not ours");
    const auto origin = request.header("origin");
    const bool is_own = web::equals_ignoring_case(origin, own_origin) ||
                        web::equals_ignoring_case(origin, "http://" + std::string{request.host});
    claim(!site.empty() || !request.has_header("origin") || is_own, "without Sec-Fetch-Site the origin is our own");
}

}  // namespace

void fuzz_one(std::string_view bytes) {
    static const bool is_ready = sodium_init() >= 0;
    claim(is_ready, "libsodium starts");
    static const web::process_key key;
    const auto request = read(bytes);
    for (const auto name : {web::session_cookie, web::form_cookie, web::notice_cookie}) check_cookie(request, name);
    const auto token = web::session_token_in_cookie(request);
    claim(token.empty() || web::is_possible_token(token), "a session's token is one word");
    check_origin(request);
    check_guard(key, request);
}
