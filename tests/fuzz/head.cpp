#include "head.hpp"

#include <algorithm>
#include <web/request.hpp>

#include "fuzz.hpp"
#include "target.hpp"
#include "text.hpp"

// The head of a request, as it comes off a connection: its end, its fields, its address. The first byte says in pieces
// of which size it arrives.
namespace {

using fuzz::claim;

const web::limits small{.head = 1024, .fields = 8, .target = 256, .query_parameters = 8};

struct found_head {
    std::size_t size = 0;
    int refused = 0;
    bool operator==(const found_head&) const = default;
};

found_head find_end(std::string_view received, std::size_t piece) {
    web::head_finder finder;
    for (std::size_t there = std::min(piece, received.size());; there = std::min(there + piece, received.size())) {
        const auto end = finder.find(received.substr(0, there), small);
        if (!end) return {0, end.error().status};
        if (*end != 0 || there == received.size()) return {*end, 0};
    }
}

bool is_line_free(std::string_view text) { return text.find_first_of(std::string_view{"\r\n\0", 3}) == text.npos; }

bool names(const web::request& request, std::string_view name) {
    return std::ranges::count_if(request.fields,
                                 [name](const auto& f) { return web::equals_ignoring_case(f.name, name); }) > 0;
}

void check_fields(const web::request& request) {
    claim(request.fields.size() <= small.fields, "there are no more fields than allowed");
    claim(std::ranges::all_of(request.method, web::is_token_character), "the method is a token");
    for (const auto& field : request.fields) {
        claim(!field.name.empty() && std::ranges::all_of(field.name, web::is_token_character), "a name is a token");
        claim(is_line_free(field.value), "no value holds CR, LF or NUL");
        claim(web::trim(field.value) == field.value, "values have no blanks around them");
    }
    claim(is_line_free(request.target) && request.target.size() <= small.target && !request.target.contains(' '),
          "the address is one word of the size allowed");
}

void check_framing(const web::request& request, const web::framing& framing) {
    claim(!(names(request, "content-length") && names(request, "transfer-encoding")),
          "one of both says how long it is");
    claim(framing.chunked == names(request, "transfer-encoding"), "an encoding is chunked or refused");
    claim(!framing.chunked || framing.content_length == 0, "chunks have no length");
    for (const std::string_view one : {"content-length", "transfer-encoding", "host"})
        claim(std::ranges::count_if(request.fields,
                                    [one](const auto& f) { return web::equals_ignoring_case(f.name, one); }) <= 1,
              "what decides is there once");
}

void check_target(web::request& request) {
    if (web::read_target(request, small.query_parameters)) return;
    claim(web::is_valid_utf8(request.path) && is_line_free(request.path), "a path is text of one line");
    claim(request.query.size() <= small.query_parameters, "there are no more parameters than allowed");
    for (const auto& segment : web::split_path(request.path))
        claim(segment != ".." && segment != "." && !segment.contains('\\') && !segment.contains('/'),
              "no part of a path leads out of it");
    // What was decoded means itself when it is written again.
    const auto written = web::percent_encode(request.path);
    web::request again;
    again.target = written;
    const auto broken = web::read_target(again, small.query_parameters);
    claim(request.path.contains('%') || (!broken && again.path == request.path), "a path reads as it is written");
}

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto piece = choose.below(64) + 1;
    const auto received = choose.rest();
    const auto found = find_end(received, piece);
    const auto at_once = find_end(received, received.size() + 1);
    claim(found.size == at_once.size || found.refused != 0, "the end of a head does not depend on the pieces");
    if (found.size == 0) return;
    const auto head = received.substr(0, found.size);
    claim(head.size() <= small.head && head.ends_with("\r\n\r\n"),
          "a head ends with an empty line and is not too long");
    claim(head.find("\r\n\r\n") == head.size() - 4, "a head ends with its first empty line");
    web::request request;
    const auto framing = web::parse_head(head, small, request);
    if (!framing) return claim(framing.error().status >= 400 && framing.error().status < 600, "a refusal is an error");
    check_fields(request);
    check_framing(request, *framing);
    check_target(request);
}
