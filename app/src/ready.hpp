#pragma once

#include <chrono>
#include <config/settings.hpp>
#include <filesystem>
#include <optional>
#include <string>

namespace app {

struct ready_facts {
    std::string http;   // bound address; empty without a public listener
    std::string admin;  // bound address
    std::string public_url;
    std::chrono::milliseconds start_time{};
    std::string public_key_pin{};  // of both listeners; empty without TLS
};

// For the other commands, beside the data of the server.
struct serving_place {
    std::string admin;           // as in a URL: https://127.0.0.1:8081
    std::string public_key_pin;  // empty without TLS
};

// What `serve` prints once it can serve. `console_link` signs in whoever opens it first.
[[nodiscard]] std::string ready_banner(const config::settings& settings, const ready_facts& facts,
                                       const std::string& console_link);

// For scripts: complete when it appears, since it is written aside and renamed. Throws core::fatal_error
// (storage_failed).
void write_ready_file(const std::filesystem::path& file, const ready_facts& facts);

// DATA/serving.json: the same and the pin, by which a command knows the server. Throws as above.
void write_serving_file(const std::filesystem::path& data, const ready_facts& facts);
void remove_serving_file(const std::filesystem::path& data);
// None when no server serves this data.
[[nodiscard]] std::optional<serving_place> read_serving_file(const std::filesystem::path& data);

}  // namespace app
