#include <harness/samples.hpp>

using namespace std::string_literals;

namespace harness::detail {

std::string sample_text(sample kind, std::string_view field) {
    switch (kind) {
        case sample::empty:
            return "";
        case sample::largest:
            return std::string(10'000, 'x');
        case sample::smallest:
            return "x";
        case sample::utf8:
            return "a ü € 😀 \" \\ / \n \r \t \x01 \x7f \u2028 \0 end"s;
        case sample::invalid_utf8:
            return "a\xff";
        case sample::usual:
        case sample::not_a_number:
            break;
    }
    return "the " + std::string{field};
}

nlohmann::json sample_json(sample kind) {
    switch (kind) {
        case sample::empty:
            return nullptr;
        case sample::largest:
            return {{"signed", INT64_MAX}, {"unsigned", UINT64_MAX}, {"real", std::numeric_limits<double>::max()}};
        case sample::smallest:
            return {{"signed", INT64_MIN}, {"real", std::numeric_limits<double>::denorm_min()}};
        case sample::utf8:
        case sample::invalid_utf8:
            return {sample_text(kind, "")};
        case sample::usual:
        case sample::not_a_number:
            break;
    }
    return {{"list", {1, "two", true, nullptr}}, {"number", 1.5}};
}

core::timestamp sample_time(sample kind) {
    switch (kind) {
        case sample::empty:
            return {};
        case sample::largest:
            return core::from_rfc3339("9999-12-31T23:59:59.999Z").value();
        case sample::smallest:
            return core::from_rfc3339("0001-01-01T00:00:00.000Z").value();
        default:
            return core::from_rfc3339("2026-01-31T12:00:00.123Z").value();
    }
}

}  // namespace harness::detail
