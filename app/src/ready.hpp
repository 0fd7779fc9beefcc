#pragma once

#include <chrono>
#include <config/settings.hpp>
#include <filesystem>
#include <string>

namespace app {

struct ready_facts {
    std::string http;   // bound address; empty without a public listener
    std::string admin;  // bound address
    std::string public_url;
    std::chrono::milliseconds start_time{};
};

// What `serve` prints once it can serve.
[[nodiscard]] std::string ready_banner(const config::settings& settings, const ready_facts& facts);

// For scripts: complete when it appears, since it is written aside and renamed. Throws core::fatal_error
// (storage_failed).
void write_ready_file(const std::filesystem::path& file, const ready_facts& facts);

}  // namespace app
