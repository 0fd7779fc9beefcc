#pragma once

#include <chrono>
#include <config/load.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app {

enum class command_name {
    help,
    version,
    serve,
    config,
    migrate,
    token,
    console,
    check,
    health,
    dead_letters,
    retry_dead_letters,
    show_dead_letter,
    drop_dead_letter,
    events,
    replay,
    bus,
    users,
    disable_user,
    enable_user,
    end_sessions,
    mails,
    show_mail,
    retry_mails,
    release_mails,
    test_mail,
    verify_products,
    rebuild_products,
    export_products,
    import_products,
    traces,
    show_trace,
    explain_trace,
    dkim_record,
    render_mail,
    search_log,
    follow_log,
    log_levels
};

// Of the commands that ask a running server: see operations.hpp.
struct operation_options {
    std::vector<std::string> ids{};               // of dead letters, mails, traces; of users, or their addresses
    bool all = false;                             // deadletter retry
    std::string payload{};                        // deadletter retry: a file, or - for standard input; empty: as it is
    std::string module{};                         // deadletter list, trace list, log
    std::string handler{};                        // deadletter list
    std::string type{};                           // events
    std::string source{};                         // events, replay
    std::string since{};                          // events, log search, trace list: a time or an age
    std::string until{};                          // log search: a time or an age
    bool follow = false;                          // events
    std::optional<std::int64_t> limit{};          // events, mail list, log search, trace list
    std::string group{};                          // replay
    std::optional<std::int64_t> from_sequence{};  // replay
    std::string from_time{};                      // replay: a time or an age
    std::string search{};                         // user list, mail list
    std::string state{};                          // user list, mail list
    std::string receiver{};                       // mail list, mail test
    std::string values{};                         // mail render: a file, or - for standard input; empty: samples
    std::string part{};                           // mail render
    std::vector<std::string> words{};             // log search, tail
    std::string level{};                          // log
    std::string trace{};                          // log search, tail
    std::string file{};                           // product export, import; -: standard output, input
    bool failed = false;                          // trace list
    std::string slower_than{};                    // trace list: a duration
};

struct command {
    command_name name = command_name::help;
    std::string text{};  // of help or version
    config::sources settings{};
    std::optional<std::filesystem::path> ready_file{};
    bool as_json = false;
    bool check = false;                                            // config, product import
    bool status = false;                                           // migrate
    bool rotate = false;                                           // token
    bool wait = false;                                             // health
    std::chrono::milliseconds timeout = std::chrono::seconds{30};  // health --wait, mail test
    operation_options operation{};
};

// Throws core::fatal_error (usage). Reads the environment for the settings.
[[nodiscard]] command parse_command_line(int count, char** arguments);

}  // namespace app
