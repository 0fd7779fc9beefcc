#include <algorithm>

#include "fuzz.hpp"
#include "target.hpp"
#include "text.hpp"

// name=value&… of queries and forms, and the escapes in them.
namespace {

using fuzz::claim;

constexpr std::size_t most = 16;

std::string written(const web::parameters& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs.all()) {
        if (!text.empty()) text += '&';
        text += web::percent_encode(name) + '=' + web::percent_encode(value);
    }
    return text;
}

void check_escapes(std::string_view bytes) {
    const auto encoded = web::percent_encode(bytes);
    claim(web::percent_decode(encoded, false) == bytes, "decoding undoes encoding");
    claim(web::percent_decode(encoded, true) == bytes, "decoding undoes encoding in a form too");
    claim(std::ranges::all_of(encoded, [](char c) { return c > 0x20 && c < 0x7f && c != '&' && c != '='; }),
          "what is encoded can stand anywhere in an address");
    const auto decoded = web::percent_decode(bytes, false);
    if (!decoded) return claim(bytes.contains('%'), "only an escape can be broken");
    const auto escapes = static_cast<std::size_t>(std::ranges::count(bytes, '%'));
    claim(decoded->size() == bytes.size() - 2 * escapes, "each escape is one byte");
    claim(web::percent_decode(web::percent_encode(*decoded), false) == decoded, "it reads as it is written");
}

void check_redirects(std::string_view target) {
    if (!web::is_local_path(target)) return;
    claim(target.front() == '/' && !target.starts_with("//"), "a local path names no host");
    claim(target.find_first_of(std::string_view{"\\\r\n\t\0 ", 6}) == target.npos, "no browser reads it as another");
}

}  // namespace

void fuzz_one(std::string_view bytes) {
    check_escapes(bytes);
    check_redirects(bytes);
    web::parameters pairs;
    if (web::read_pairs(bytes, most, pairs)) return;
    claim(pairs.size() <= most, "there are no more pairs than allowed");
    for (const auto& [name, value] : pairs.all())
        claim(web::is_valid_utf8(name) && web::is_valid_utf8(value), "names and values are UTF-8");
    web::parameters again;
    claim(!web::read_pairs(written(pairs), most, again), "what was read can be written and read");
    claim(again.all() == pairs.all(), "and is the same then");
}
